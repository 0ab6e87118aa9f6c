#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 18)) {
  await import('../dist/main.js');
} else {
  process.stderr.write(
    `error secondpass: Node ${process.versions.node} is too old; 22.18 or later is needed.\n  → Install a newer Node, or run \`npx -p node@24 -p secondpass secondpass …\`.\n`,
  );
  process.exitCode = 1;
}
