import { CONFIG_KEYS, configSchema, OTHER_VARIABLES, variableOf } from '../../src/config.ts';

/** A default as the document shows it. */
function defaultText(key: (typeof CONFIG_KEYS)[number]): string {
  const value = configSchema.parse({})[key];
  return value === null ? 'null' : `\`${JSON.stringify(value)}\``;
}

/** The tables of docs/configuration.md, from the schema. */
export function documentTables(): string {
  const keys = CONFIG_KEYS.map((key) => {
    const meaning = configSchema.shape[key].description ?? '';
    return `| \`${key}\` | \`${variableOf(key)}\` | ${defaultText(key)} | ${meaning} |`;
  });
  const others = Object.entries(OTHER_VARIABLES).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
  return `${['| key | variable | default | meaning |', '| --- | --- | --- | --- |', ...keys].join('\n')}

Variables that are no keys of the file:

${['| variable | meaning |', '| --- | --- |', ...others].join('\n')}
`;
}
