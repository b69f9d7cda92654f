/** The columns of a diagram: who does something where. */
import type { Trace } from "../trace/trace.ts";
import type { Row } from "./rows.ts";

export interface Column {
  readonly title: string;
  readonly has: (row: Row) => boolean;
  /** Whether rows name their actor, because several act in this column. */
  readonly named: boolean;
}

/** The places at which something happens, in the model's order; then what happens nowhere in particular. */
export function columnsOf(trace: Trace, rows: readonly Row[]): Column[] {
  const used = trace.places.filter(({ number }) => rows.some(({ place }) => place === number));
  const columns: Column[] = used.map(({ number, name }) => ({
    title: name,
    has: (row) => row.place === number,
    named: false,
  }));
  return [
    ...columns,
    ...elsewhere(
      rows.filter(({ place }) => place === null),
      used.length > 0,
    ),
  ];
}

/** A column an actor where the model has no places; beside places, one column for all the others. */
function elsewhere(rows: readonly Row[], besidePlaces: boolean): Column[] {
  const actors = [...new Set(rows.map(({ actor }) => actor))];
  if (actors.length === 0) return [];
  if (besidePlaces && actors.length > 1)
    return [{ title: "elsewhere", has: ({ place }) => place === null, named: true }];
  return actors.map((actor) => ({
    title: actor,
    has: (row) => row.place === null && row.actor === actor,
    named: false,
  }));
}

/** The text of a row, with its actor where the column has several. */
export function textIn({ named }: Column, { actor, text }: Row): string {
  return named ? `${actor}: ${text}` : text;
}
