// Compiles variants of one Foundry build, one JSON object a line in and out: the compiler is loaded once, and no more is
// compiled than the contracts that are asked for. Argument: the build's standard input, preprocessed as forge does it.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");

const [solcPath, inputPath, root] = process.argv.slice(2);
const solc = require(solcPath);
const base = JSON.parse(fs.readFileSync(inputPath, "utf8"));
const UNITS = ["evm.bytecode.object", "evm.deployedBytecode.object"];

function content(name, changed) {
  if (changed && name === changed.file) return changed.text;
  if (base.sources[name]) return base.sources[name].content;
  const file = path.resolve(root, name);
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined;
}

// request: {file, text}: the changed source; {contracts: {file: [name, …]}}: what to compile
function answer(request) {
  const wanted = Object.keys(request.contracts);
  const sources = Object.fromEntries(wanted.map((name) => [name, { content: content(name, request) }]));
  const selected = (file) => Object.fromEntries(request.contracts[file].map((name) => [name, UNITS]));
  const outputSelection = Object.fromEntries(wanted.map((file) => [file, selected(file)]));
  const settings = { ...base.settings, outputSelection };
  const found = (name) => {
    const text = content(name, request);
    return text === undefined ? { error: `${name} not found` } : { contents: text };
  };
  const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings }), { import: found }));
  const error = (output.errors ?? []).find((one) => one.severity === "error");
  if (error) return { error: error.formattedMessage };
  const code = {};
  for (const [file, names] of Object.entries(request.contracts)) {
    for (const name of names) {
      const { bytecode, deployedBytecode } = output.contracts[file][name].evm;
      code[`${file}:${name}`] = [bytecode.object, deployedBytecode.object];
    }
  }
  return { code };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
});
