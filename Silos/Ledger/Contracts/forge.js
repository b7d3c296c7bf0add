// Runs forge from the npm package with this folder's settings: `node forge.js test -vv`.
const { spawnSync } = require('child_process');
const path = require('path');

const platform = { linux: 'linux', darwin: 'darwin', win32: 'win32' }[process.platform];
const machine = { x64: 'amd64', arm64: 'arm64' }[process.arch];
const file = path.join(__dirname, 'node_modules/@foundry-rs', `forge-${platform}-${machine}`, 'bin', platform === 'win32' ? 'forge.exe' : 'forge');
const run = spawnSync(file, process.argv.slice(2), { cwd: __dirname, stdio: 'inherit' });
if (run.error) console.error(`${file}: ${run.error.message}. Run npm ci --ignore-scripts in ${__dirname}.`);
process.exit(run.status ?? 2);
