// Run by test_connect_node.sh with the path of api-d's socket. The other daemons are away.
import assert from "node:assert/strict";
import net from "node:net";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { CertificateService } from "./generated/bulkhead/v1/certificate_service_pb.js";
import { ConfigService } from "./generated/bulkhead/v1/config_service_pb.js";
import { EventService } from "./generated/bulkhead/v1/event_service_pb.js";
import { SecretService } from "./generated/bulkhead/v1/secret_service_pb.js";
import { SystemService } from "./generated/bulkhead/v1/system_service_pb.js";
import { TunnelService } from "./generated/bulkhead/v1/tunnel_service_pb.js";

const socketPath = process.argv[2];

function transport(httpVersion, useBinaryFormat, useHttpGet) {
  const nodeOptions = httpVersion === "1.1" ? { socketPath } : { createConnection: () => net.connect(socketPath) };
  return createConnectTransport({ baseUrl: "http://localhost", httpVersion, useBinaryFormat, useHttpGet, nodeOptions });
}

async function fails(promise, code, part) {
  try {
    await promise;
  } catch (error) {
    const e = ConnectError.from(error);
    assert.equal(Code[e.code], Code[code], e.message);
    assert.ok(e.rawMessage.includes(part), e.rawMessage);
    return;
  }
  assert.fail("did not fail");
}

async function check(t) {
  const system = createClient(SystemService, t);
  const config = createClient(ConfigService, t);
  const tunnels = createClient(TunnelService, t);
  const secrets = createClient(SecretService, t);

  assert.equal((await system.getVersion({})).version, "0.1.0");
  const status = await system.getStatus({});
  assert.deepEqual(status.processes.filter((p) => p.connected).map((p) => p.role), ["api-d"]);
  assert.equal(status.processes.length, 8);

  const { config: c } = await config.getConfig({});
  assert.equal(c.tunnels.length, 1);
  assert.equal(c.tunnels[0].auth.method.case, "psk");
  assert.equal(c.tunnels[0].policies[0].remote, "10.2.0.0/24");
  assert.deepEqual((await createClient(EventService, t).listEvents({})).events, []);

  await fails(tunnels.listTunnels({}), Code.Unavailable, "ike-d");
  await fails(tunnels.getTunnel({ name: "nobody" }), Code.NotFound, "nobody");
  await fails(tunnels.getTunnel({}), Code.InvalidArgument, "name");
  await fails(tunnels.upTunnel({ name: "net" }), Code.Unavailable, "ike-d");
  await fails(secrets.setSecret({ name: "s", value: new Uint8Array(1025) }), Code.InvalidArgument, "1,024");
  await fails(secrets.setSecret({ name: "s", value: new Uint8Array(10) }), Code.Unavailable, "pki-d");
  await fails(secrets.listSecrets({}), Code.Unavailable, "pki-d");
  const certificates = createClient(CertificateService, t);
  const template = { name: "anna", subject: { commonName: "anna" } };
  await fails(certificates.createAuthority({}), Code.InvalidArgument, "template: missing");
  await fails(certificates.createAuthority({ template }), Code.Unavailable, "pki-d");
  await fails(certificates.issueCertificate({ template, issuer: "ca" }), Code.InvalidArgument, "purpose: missing");
  await fails(certificates.issueCertificate({ template, issuer: "ca", purpose: 3 }), Code.Unavailable, "pki-d");
  await fails(certificates.listCertificates({ pageSize: 1001 }), Code.InvalidArgument, "page_size: 1001");
  await fails(certificates.getCertificate({ name: "serial:x" }), Code.InvalidArgument, "name: ");
  await fails(certificates.revokeCertificate({ name: "anna", reason: 6 }), Code.InvalidArgument, "reason: ");
  const passphrase = new TextEncoder().encode("0123456");
  await fails(certificates.exportCertificate({ name: "anna", format: 3, passphrase }), Code.InvalidArgument, "at least 8");
  await fails(certificates.lintCertificate({ name: "anna", clients: ["beos"] }), Code.InvalidArgument, "clients[0]: ");
  await fails(certificates.backupStore({ passphrase }), Code.InvalidArgument, "at least 12");
  await fails(certificates.importCertificate({ name: "a", data: new Uint8Array(50000) }), Code.InvalidArgument, "48 KiB");
  await fails(certificates.getCrl({ authority: "ca", pem: true }), Code.Unavailable, "pki-d");

  await fails(config.applyConfig({ yaml: "tunnels:\n- name: é\n", file: "ü.yaml" }), Code.InvalidArgument, "ü.yaml:2:");
  await fails(config.applyConfig({ yaml: "tunnels: []\n" }), Code.Unavailable, "nothing was changed");

  assert.equal((await system.getVersion({}, { timeoutMs: 5000 })).version, "0.1.0");

  // At one time; on HTTP/2 on one connection.
  const all = await Promise.all(Array.from({ length: 40 }, () => system.getVersion({})));
  assert.ok(all.every((r) => r.version === "0.1.0"));
}

for (const httpVersion of ["1.1", "2"]) {
  for (const useBinaryFormat of [false, true]) {
    for (const useHttpGet of [false, true]) {
      await check(transport(httpVersion, useBinaryFormat, useHttpGet));
      console.log(`- HTTP ${httpVersion}, ${useBinaryFormat ? "binary" : "JSON"}, ${useHttpGet ? "GET" : "POST"}`);
    }
  }
}
process.exit(0); // idle HTTP/2 sessions would keep it alive
