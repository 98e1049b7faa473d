// Proves again and again in one process: a proof for each line that comes in, its milliseconds as a line that goes out.
import { createInterface } from "node:readline";
import { groth16 } from "snarkjs";

const [zkey, wtns] = process.argv.slice(2);
for await (const _line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  await groth16.prove(zkey, wtns);
  process.stdout.write(`${performance.now() - start}\n`);
}
process.exit(0);
