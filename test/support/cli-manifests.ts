/** A manifest of a miner that fits the hosts of fake agents; fields are YAML lines after it. */
export function manifestOf(name: string, replicas: number, ...fields: string[]): string {
  return [
    'kind: container',
    `name: ${name}`,
    `replicas: ${String(replicas)}`,
    "container: { image: 'web:1', ports: [{ container: 80 }] }",
    'resources: { cpu: 1, memory: 64MiB, disk: 10MiB }',
    ...fields,
    '',
  ].join('\n');
}
