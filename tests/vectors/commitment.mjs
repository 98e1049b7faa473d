// Writes tests/vectors/commitment.json: docs/protocol.md, "Commitment", over circomlibjs's Poseidon and nothing of zkrisk.
// Run from the root of the repository: node tests/vectors/commitment.mjs > tests/vectors/commitment.json
import { readFileSync } from "node:fs";
import { buildPoseidon } from "circomlibjs";

const poseidon = await buildPoseidon();
const hash = (inputs) => poseidon.F.toObject(poseidon(inputs));
const tag = (text) => BigInt("0x" + Buffer.from(text, "ascii").toString("hex"));

function commit({ long, short, owner, salt }) {
  const all = [...long, ...short];
  const packed = [];
  for (let j = 0; j < all.length; j += 3) {
    const [a, b = 0n, c = 0n] = all.slice(j, j + 3);
    packed.push(a + (b << 64n) + (c << 128n));
  }
  let state = hash([tag("zkrisk.book.v1"), BigInt(long.length), ...packed.slice(0, 14)]);
  for (let j = 14; j < packed.length; j += 15) state = hash([state, ...packed.slice(j, j + 15)]);
  return hash([tag("zkrisk.commitment.v1"), state, owner, salt]);
}

const MAX = (1n << 64n) - 1n;
// A multiplicative generator, so that the cases are the same on every run.
let seed = 1n;
const next = (bits) => {
  let value = 0n;
  for (let i = 0; i < bits; i += 32) {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) & MAX;
    value = (value << 32n) | (seed >> 32n);
  }
  return value & ((1n << BigInt(bits)) - 1n);
};

const cases = [];
for (const n of [8, 32]) {
  const fill = (value) => Array.from({ length: n }, (_, i) => value(BigInt(i)));
  const shapes = {
    zero: [fill(() => 0n), fill(() => 0n), 1n, 1n << 128n],
    largest: [fill(() => MAX), fill(() => MAX), (1n << 160n) - 1n, (1n << 248n) - 1n],
    "first long only": [fill((i) => (i === 0n ? 1n : 0n)), fill(() => 0n), 7n, (1n << 247n) + 3n],
    "last short only": [fill(() => 0n), fill((i) => (i === BigInt(n) - 1n ? 1n : 0n)), 7n, (1n << 247n) + 3n],
    ramp: [fill((i) => (i + 1n) * 1000003n), fill((i) => i * i), 0x70997970c51812dc3a010c7d01b50e0d17dc79c8n, (1n << 247n) + 12345n],
    "above 2^53": [fill((i) => (1n << 53n) + 1n + i), fill((i) => (1n << 63n) + i), 5n, (1n << 200n) + 1n],
    "random 1": [fill(() => next(64)), fill(() => next(64)), next(160), next(248) | (1n << 128n)],
    "random 2": [fill(() => next(64)), fill(() => next(64)), next(160), next(248) | (1n << 128n)],
  };
  for (const [name, [long, short, owner, salt]] of Object.entries(shapes)) {
    cases.push({ name, long, short, owner, salt, commitment: commit({ long, short, owner, salt }) });
  }
}

const version = JSON.parse(readFileSync("node_modules/circomlibjs/package.json", "utf8")).version;
const provenance = `circomlibjs ${version} by tests/vectors/commitment.mjs; no code of zkrisk`;
const text = (_, value) => (typeof value === "bigint" ? value.toString() : value);
console.log(JSON.stringify({ provenance, cases }, text, 1));
process.exit(0);
