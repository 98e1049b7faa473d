// Verdicts of snarkjs: a line of JSON in ({vkey, proof, public}), a line out ({accepted, paired}).
//
// snarkjs itself checks that a proof's points are on the curve and leaves the rest to the pairing. What a key's points and
// B must be besides (on the curve, not the identity, of order r) is checked here with the arithmetic of snarkjs.
import { createInterface } from "node:readline";
import { buildBn128 } from "ffjavascript";
import * as snarkjs from "snarkjs";

// One thread: a verification is too short for the workers that snarkjs would start. It takes the curve from this place.
const curve = await buildBn128(true);
globalThis.curve_bn128 = curve;
const { G1, G2, r } = curve;

const isMember = (group, point) => group.isValid(point) && !group.isZero(point);
const inG1 = (coordinates) => isMember(G1, G1.fromObject(coordinates.map(BigInt)));
const inG2 = (coordinates) => {
    const point = G2.fromObject(coordinates.map((pair) => pair.map(BigInt)));
    return isMember(G2, point) && G2.isZero(G2.timesScalar(point, r));
};

async function verdict({ vkey, proof, public: signals }) {
    const firsts = [proof.pi_a, proof.pi_c, vkey.vk_alpha_1, ...vkey.IC];
    const seconds = [proof.pi_b, vkey.vk_beta_2, vkey.vk_gamma_2, vkey.vk_delta_2];
    if (!firsts.every(inG1) || !seconds.every(inG2)) return { accepted: false, paired: false };
    return { accepted: (await snarkjs.groth16.verify(vkey, signals, proof)) === true, paired: true };
}

for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await verdict(JSON.parse(line))) + "\n");
}
process.exit(0);
