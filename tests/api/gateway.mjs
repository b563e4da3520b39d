// Run by test_gateway.sh: STEP SOCKET [CONFIGURATION]. "before": stores the secret and waits for the tunnel. "after" the pings:
// everything else.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
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
  assert.equal(await code(tunnels.upTunnel({ name: "second" }, { timeoutMs: 500 })), "DeadlineExceeded");
  const back = await config.applyConfig({ yaml: yaml.slice(0, yaml.indexOf("- name: second")) });
  assert.deepEqual(back.removed, ["second"]);

  assert.equal(await code(secrets.deleteSecret({ name: "absent" })), "NotFound");
  await secrets.setSecret({ name: "other", value: new Uint8Array([0, 255, 10]) });
  assert.deepEqual((await secrets.listSecrets({})).names, ["net", "other"]);
  await secrets.deleteSecret({ name: "other" });
  assert.deepEqual((await secrets.listSecrets({})).names, ["net"]);
}

await (step === "before" ? before() : after());
process.exit(0); // idle HTTP/2 sessions would keep it alive
