/** A valibot schema, or a step of a pipe, as far as a description looks at it. */
export interface SchemaNode {
  readonly kind: string;
  readonly type: string;
  readonly pipe?: readonly SchemaNode[];
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  /** Values of a picklist, or members of a variant. */
  readonly options?: readonly (SchemaNode | string)[];
  readonly item?: SchemaNode;
  readonly wrapped?: SchemaNode;
  readonly key?: SchemaNode;
  readonly value?: SchemaNode;
  readonly literal?: unknown;
  readonly requirement?: unknown;
  readonly message?: unknown;
}

/** The name and anchor of a schema that has a line of its own. */
export type NameOf = (schema: SchemaNode) => string | undefined;

export function isSchema(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema';
}

/** What a value has to be, in words. Throws for a kind of schema that it does not know. */
export function describeSchema(schema: SchemaNode, nameOf: NameOf, isTop = false): string {
  const name = isTop ? undefined : nameOf(schema);
  if (name !== undefined) return `[${name}](#${name.toLowerCase()})`;
  const [base = schema, ...steps] = schema.pipe ?? [schema];
  if (base !== schema && steps.length > 0) {
    const bounds = describeSteps(steps);
    const isWhole = steps.some(({ type }) => type === 'integer' || type === 'safe_integer');
    const text = `${isWhole ? 'whole ' : ''}${describeSchema(base, nameOf)}`;
    return bounds === '' ? text : `${text}, ${bounds}`;
  }
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'number':
      return schema.type;
    case 'literal':
      return `\`${JSON.stringify(schema.literal)}\``;
    case 'picklist':
      return (schema.options ?? []).map((value) => `\`${JSON.stringify(value)}\``).join(', ');
    case 'optional':
      return `optional; ${describeSchema(required(schema.wrapped), nameOf)}`;
    case 'nullable':
      return `${describeSchema(required(schema.wrapped), nameOf)}, or \`null\``;
    case 'array':
      return `list of (${describeSchema(required(schema.item), nameOf)})`;
    case 'record':
      return `object of (${describeSchema(required(schema.value), nameOf)}) by (${describeSchema(required(schema.key), nameOf)})`;
    case 'strict_object':
      return `{ ${Object.entries(schema.entries ?? {})
        .map(([field, value]) => `${field}: ${describeSchema(value, nameOf)}`)
        .join('; ')} }`;
    case 'variant':
    case 'union':
      return (schema.options ?? [])
        .filter(isSchema)
        .map((option) => describeSchema(option, nameOf))
        .join(' or ');
    default:
      throw new Error(`The protocol's reference cannot describe a schema of type ${schema.type}.`);
  }
}

function required(schema: SchemaNode | undefined): SchemaNode {
  if (schema === undefined) throw new Error('A schema lacks what it wraps.');
  return schema;
}

function describeSteps(steps: readonly SchemaNode[]): string {
  const find = (type: string) => steps.find((step) => step.type === type)?.requirement;
  const range = (min: unknown, max: unknown, unit: string) => {
    const space = unit === '' ? '' : ` ${unit}`;
    if (min !== undefined && max !== undefined) return `${count(min)} to ${count(max)}${space}`;
    if (max !== undefined) return `up to ${count(max)}${space}`;
    return min === undefined ? '' : `at least ${count(min)}${space}`;
  };
  const length = find('length');
  return [
    range(find('min_value'), find('max_value'), ''),
    length === undefined ? '' : `length ${count(length)}`,
    range(find('min_length'), find('max_length'), 'long'),
    ...steps.filter(({ type }) => type === 'regex').map(describeRegex),
    ...steps.filter(({ type }) => type === 'check').map(({ message }) => `${message}`),
  ]
    .filter(Boolean)
    .join(', ');
}

/** A vertical bar would end the cell of a table. */
function describeRegex({ message, requirement }: SchemaNode): string {
  if (typeof message === 'string') return message;
  return `\`${String(requirement).replaceAll('|', '\\|')}\``;
}

function count(value: unknown): string {
  if (value === Number.MAX_SAFE_INTEGER) return '2^53 - 1';
  return typeof value === 'number' ? value.toLocaleString('en-GB') : String(value);
}
