const variable = /\$\{(\w+)(?::-([^}]*))?\}/;

/** A configuration value as a TypeScript expression; variables are read from the environment. */
export function literal(value: unknown, indent = ''): string {
  if (typeof value === 'string') return ofText(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, inner)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const lines = Object.entries(value).map(([key, item]) => `${inner}${keyOf(key)}: ${literal(item, inner)},`);
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function ofText(text: string): string {
  const [whole, name, fallback] = variable.exec(text) ?? [];
  if (whole !== text) return quoted(text);
  return fallback === undefined ? `process.env['${name}']!` : `process.env['${name}'] || ${quoted(fallback)}`;
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

/** A string literal, with single quotes. */
function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
