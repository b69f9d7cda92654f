/** Records whose keys are names that somebody chose: names like `constructor`, which every object has, too. */

/** What a record itself holds under a name, or undefined. */
export function own<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
