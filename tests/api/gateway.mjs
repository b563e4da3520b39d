// Run by test_gateway.sh: STEP SOCKET [CONFIGURATION]. "before": stores the secret and waits for the tunnel. "after" the pings:
// everything else. "certificates": FILE is a request, and then its certificate is there.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import {
  CertificateService,
  ExportFormat,
} from "./generated/bulkhead/v1/certificate_service_pb.js";
import {
  CertificatePurpose,
  CertificateState,
  LintFinding_Severity,
  RevocationReason,
} from "./generated/bulkhead/v1/certificate_pb.js";
import { ConfigService } from "./generated/bulkhead/v1/config_service_pb.js";
import { SaService } from "./generated/bulkhead/v1/sa_service_pb.js";
import { SecretService } from "./generated/bulkhead/v1/secret_service_pb.js";
import { SystemService } from "./generated/bulkhead/v1/system_service_pb.js";
import { TunnelService, TunnelState } from "./generated/bulkhead/v1/tunnel_service_pb.js";

const [step, socketPath, file] = process.argv.slice(2);
const http2 = createConnectTransport({
  baseUrl: "http://localhost",
  httpVersion: "2",
  useBinaryFormat: true,
  nodeOptions: { createConnection: () => net.connect(socketPath) },
});
const http1 = createConnectTransport({ baseUrl: "http://localhost", httpVersion: "1.1", nodeOptions: { socketPath } });
const tunnels = createClient(TunnelService, http2);
const sas = createClient(SaService, http1);
const secrets = createClient(SecretService, http2);
const config = createClient(ConfigService, http1);

async function code(promise) {
  return promise.then(
    () => "none",
    (error) => Code[ConnectError.from(error).code],
  );
}

async function waitUp() {
  for (let i = 0; i < 150; i++) {
    const { tunnels: list } = await tunnels.listTunnels({});
    assert.deepEqual(list.map((t) => t.name), ["net"]);
    if (list[0].state === TunnelState.UP) return;
    await sleep(200);
  }
  assert.fail("the tunnel did not come up");
}

async function before() {
  await secrets.setSecret({ name: "net", value: Buffer.from("a key that both have") });
  assert.deepEqual((await secrets.listSecrets({})).names, ["net"]);
  await waitUp();
}

async function after() {
  const status = await createClient(SystemService, http1).getStatus({});
  assert.ok(status.processes.every((p) => p.connected));
  assert.notEqual(status.cipherBackend, "");
  assert.ok(status.drops.some((d) => d.reason === "replay"));
  assert.ok(status.drops.some((d) => d.reason === "firewall_clear"));

  const { sas: list } = await sas.listSas({});
  assert.ok(list.length >= 1);
  assert.match(list[0].spiIn, /^[0-9a-f]{8}$/);
  assert.ok(list.some((sa) => sa.counters.packetsIn > 0n && sa.counters.packetsOut > 0n));
  assert.equal((await sas.listSas({ tunnel: "net" })).sas.length, list.length);
  assert.equal(await code(sas.listSas({ tunnel: "nobody" })), "NotFound");
  const one = await tunnels.getTunnel({ name: "net" });
  assert.equal(one.tunnel.state, TunnelState.UP);
  assert.equal(one.config.auth.method.value.secret, "net");

  await tunnels.downTunnel({ name: "net" });
  assert.notEqual((await tunnels.getTunnel({ name: "net" })).tunnel.state, TunnelState.UP);
  assert.equal((await tunnels.upTunnel({ name: "net" })).tunnel.state, TunnelState.UP);
  assert.equal(await code(tunnels.upTunnel({ name: "nobody" })), "NotFound");

  const yaml = fs.readFileSync(file, "utf8");
  const applied = await config.applyConfig({ yaml, file: "second.yaml" });
  assert.deepEqual(applied.added, ["second"]);
  assert.deepEqual(applied.changed, []);
  assert.equal(applied.warnings.length, 1);
  assert.match(applied.warnings[0], /^second\.yaml:\d+:\d+: tunnels\[1\]\.auth\.psk\.secret: secret "absent"/);
  assert.equal((await tunnels.getTunnel({ name: "net" })).tunnel.state, TunnelState.UP); // the other one is left alone
  assert.equal(await code(tunnels.upTunnel({ name: "second" }, { timeoutMs: 500 })), "FailedPrecondition"); // its secret is missing
  const back = await config.applyConfig({ yaml: yaml.slice(0, yaml.indexOf("- name: second")) });
  assert.deepEqual(back.removed, ["second"]);

  assert.equal(await code(secrets.deleteSecret({ name: "absent" })), "NotFound");
  await secrets.setSecret({ name: "other", value: new Uint8Array([0, 255, 10]) });
  assert.deepEqual((await secrets.listSecrets({})).names, ["net", "other"]);
  await secrets.deleteSecret({ name: "other" });
  assert.deepEqual((await secrets.listSecrets({})).names, ["net"]);
}

async function certificates() {
  const json = createClient(CertificateService, http1);
  const binary = createClient(CertificateService, http2);
  const text = (bytes) => Buffer.from(bytes).toString();
  const passphrase = Buffer.from("a passphrase that is found nowhere");

  const { certificate: ca } = await json.createAuthority({
    template: { name: "ca", subject: { commonName: "Exämple", country: "DE" }, days: 3650 },
  });
  assert.ok(ca.isAuthority && ca.hasKey);
  assert.equal(ca.subject, "C=DE,CN=Exämple".split(",").reverse().join(","));
  assert.equal(await code(json.createAuthority({ template: { name: "ca", subject: { commonName: "x" } } })), "AlreadyExists");

  const template = { name: "vpn", subject: { commonName: "vpn.example" }, altNames: ["dns:vpn.example"], days: 1000 };
  const request = { template, issuer: "ca", purpose: CertificatePurpose.TLS_SERVER };
  const strict = { ...request, template: { ...template, forClients: ["ios"] } };
  assert.equal(await code(binary.issueCertificate(strict)), "FailedPrecondition");
  const issued = await binary.issueCertificate(request);
  assert.ok(issued.findings.some((f) => f.client === "apple" && f.rule === "validity-too-long"));
  assert.ok(issued.findings.every((f) => f.severity !== LintFinding_Severity.UNSPECIFIED));
  assert.equal(await code(binary.issueCertificate({ ...request, issuer: "nobody" })), "NotFound");

  const signed = await json.signCertificateRequest({
    request: fs.readFileSync(file),
    template: { name: "branch" },
    issuer: "ca",
    purpose: CertificatePurpose.SITE,
  });
  assert.ok(!signed.certificate.hasKey);
  fs.writeFileSync(`${file}.pem`, signed.pem);
  const junk = { request: Buffer.from("junk"), template: { name: "junk" }, issuer: "ca", purpose: CertificatePurpose.SITE };
  assert.equal(await code(json.signCertificateRequest(junk)), "InvalidArgument");

  const names = [];
  for (let pageToken = ""; ; ) {
    const page = await json.listCertificates({ pageSize: 1, pageToken });
    names.push(...page.certificates.map((c) => c.name));
    pageToken = page.nextPageToken;
    if (!pageToken) break;
  }
  assert.deepEqual(names, ["branch", "ca", "vpn"]);
  assert.deepEqual((await binary.listCertificates({ contains: "vpn.exa" })).certificates.map((c) => c.name), ["vpn"]);
  assert.match(text((await binary.getCertificate({ name: `serial:${issued.certificate.serial}` })).pem), /^-----BEGIN CERT/);

  const p12 = await binary.exportCertificate({ name: "vpn", format: ExportFormat.PKCS12, passphrase });
  const exported = { name: "branch", format: ExportFormat.PKCS12, passphrase };
  assert.equal(await code(binary.exportCertificate(exported)), "FailedPrecondition"); // its key is elsewhere
  await binary.deleteCertificate({ name: "vpn" });
  const imported = await json.importCertificate({ name: "vpn", data: p12.data, passphrase });
  assert.ok(imported.certificates[0].hasKey);
  const wrong = { name: "x", data: p12.data, passphrase: Buffer.from("another one") };
  assert.equal(await code(json.importCertificate(wrong)), "InvalidArgument");

  const linted = await json.lintCertificate({ name: "vpn", clients: ["windows"], dialled: ["192.0.2.1"] });
  assert.deepEqual(linted.findings.filter((f) => f.client).map((f) => f.rule), ["ip-not-dns-name"]);
  const inFile = await json.lintCertificate({ data: signed.pem, clients: ["strongswan"] });
  assert.deepEqual(inFile.findings.map((f) => f.rule), ["missing-san"]);

  const revoked = await json.revokeCertificate({ name: "branch", reason: RevocationReason.SUPERSEDED });
  assert.equal(revoked.certificate.state, CertificateState.REVOKED);
  const crl = await json.getCrl({ authority: "ca", pem: true });
  assert.equal(crl.revoked, 1);
  assert.match(text(crl.data), /^-----BEGIN X509 CRL-----\n/);
  fs.writeFileSync(`${file}.crl`, crl.data);

  const { records } = await json.listAuditRecords({ pageSize: 3 });
  assert.equal(records.length, 3);
  assert.ok(records.some((r) => r.actor === "uid 0" && r.operation === "revoke" && r.object === "branch"));

  const backup = await binary.backupStore({ passphrase });
  assert.equal(await code(binary.restoreStore({ data: backup.data, passphrase })), "FailedPrecondition");
  const restored = await binary.restoreStore({ data: backup.data, passphrase, replace: true });
  assert.ok(restored.certificates >= 2);
  const other = { data: backup.data, passphrase: Buffer.from("another passphrase"), replace: true };
  assert.equal(await code(binary.restoreStore(other)), "InvalidArgument");
}

await { before, after, certificates }[step]();
process.exit(0); // idle HTTP/2 sessions would keep it alive
