// Compiles the contracts with the pinned wasm compiler and writes artifact.json: what the C# side needs and no more.
// `node compile.js` writes it; `node compile.js --stdout` prints it, so that a test can compare. The same sources give
// the same bytes on every machine: no metadata hash is appended and every list is sorted.
const fs = require('fs');
const path = require('path');
const solc = require('solc');
const { keccak256 } = require('js-sha3');

const settings = require('./settings.json');
const sources = ['Votes', 'Members', 'Permits', 'Budgets', 'Consistency', 'TransparencyLog'];
const deployed = ['Members', 'Permits', 'Budgets', 'TransparencyLog'];

const read = file => fs.readFileSync(path.join(__dirname, file), 'utf8');
const output = JSON.parse(solc.compile(JSON.stringify({
  language: 'Solidity',
  sources: Object.fromEntries(sources.map(name => [name + '.sol', { content: read('src/' + name + '.sol') }])),
  settings: { ...settings, outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.methodIdentifiers'] } } },
}), { import: file => ({ contents: read(path.join('node_modules', file)) }) }));

const problems = (output.errors ?? []).filter(e => e.severity !== 'info');
if (problems.length > 0) {
  console.error(problems.map(e => e.formattedMessage).join('\n'));
  process.exit(1);
}

const type = input => input.type.startsWith('tuple') ? '(' + input.components.map(type).join(',') + ')' + input.type.slice(5) : input.type;
const signature = item => item.name + '(' + item.inputs.map(type).join(',') + ')';
const field = ({ name, type, indexed, components }) => ({ name, type, ...(indexed ? { indexed } : {}), ...(components ? { components: components.map(field) } : {}) });
const sorted = entries => Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));

const artifact = { compiler: solc.version(), contracts: {} };
for (const name of deployed) {
  const contract = output.contracts[name + '.sol'][name];
  const all = (kind, hash) => sorted(contract.abi.filter(item => item.type === kind).map(item => [item.name, { ...hash(signature(item)), inputs: item.inputs.map(field) }]));
  artifact.contracts[name] = {
    methods: sorted(Object.entries(contract.evm.methodIdentifiers).map(([text, id]) => [text.slice(0, text.indexOf('(')), { signature: text, selector: '0x' + id }])),
    events: all('event', text => ({ signature: text, topic: '0x' + keccak256(text) })),
    errors: all('error', text => ({ signature: text, selector: '0x' + keccak256(text).slice(0, 8) })),
    runtimeBytes: contract.evm.deployedBytecode.object.length / 2,
    bytecode: '0x' + contract.evm.bytecode.object,
  };
}

const text = JSON.stringify(artifact, null, 2) + '\n';
if (process.argv.includes('--stdout')) process.stdout.write(text);
else fs.writeFileSync(path.join(__dirname, 'artifact.json'), text);
