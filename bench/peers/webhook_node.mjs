// What octokit's verify() does on Node.js for a GitHub delivery: HMAC-SHA256 of the body as text,
// in hex behind "sha256=", compared with timingSafeEqual. Prints Google Benchmark's JSON form.
// usage: node webhook_node.mjs [repetitions]
import { createHmac, timingSafeEqual } from "node:crypto";

const secret = "It's a Secret to Everybody";
const cases = [["256B", 256], ["1KiB", 1024], ["8KiB", 8192], ["64KiB", 65536], ["1MiB", 1048576]];
const repetitions = Number(process.argv[2] ?? 5);
if (!Number.isInteger(repetitions) || repetitions < 1) {
  console.error("usage: node webhook_node.mjs [repetitions]");
  process.exit(2);
}
const minimumNanoseconds = 200_000_000n;

async function sign(payload) {
  return "sha256=" + createHmac("sha256", secret).update(payload).digest("hex");
}

async function verify(payload, signature) {
  const given = Buffer.from(signature);
  const computed = Buffer.from(await sign(payload));
  return given.length === computed.length && timingSafeEqual(given, computed);
}

async function measure(payload, signature) {
  let iterations = 0;
  const begin = process.hrtime.bigint();
  let spent;
  do {
    for (let i = 0; i < 16; i++) {
      if (!(await verify(payload, signature))) throw new Error("a genuine signature was refused");
    }
    iterations += 16;
    spent = process.hrtime.bigint() - begin;
  } while (spent < minimumNanoseconds);
  return { iterations, nanoseconds: Number(spent) / iterations };
}

const inputs = [];
for (const [label, size] of cases) {
  const payload = '{"zen":"' + "a".repeat(size - 10) + '"}';
  const signature = await sign(payload);
  if (payload.length !== size) throw new Error("payload of a wrong size");
  if (await verify(payload + " ", signature)) throw new Error("a forged body was accepted");
  await measure(payload, signature);  // lets the JIT settle
  inputs.push({ name: `webhook_github_verify_${label}/peer:node-octokit`, payload, signature });
}
const benchmarks = [];
for (let repetition = 0; repetition < repetitions; repetition++) {
  for (const { name, payload, signature } of inputs) {
    const { iterations, nanoseconds } = await measure(payload, signature);
    benchmarks.push({ name, run_name: name, run_type: "iteration", repetition_index: repetition,
                      iterations, real_time: nanoseconds, cpu_time: nanoseconds, time_unit: "ns" });
  }
}
console.log(JSON.stringify({ context: { node: process.version, node_openssl: process.versions.openssl },
                             benchmarks }, null, 1));
