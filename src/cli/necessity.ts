/** `tlbcheck necessity`: weakens each synchronising step of what holds, and prints which of them are needed. */
import { suggest, TlbcheckError } from "../model/diagnostic.ts";
import type { Family } from "../model/family.ts";
import { printableJson } from "../model/printable.ts";
import {
  needDifferences,
  necessityConclusion,
  necessityLines,
  necessityMarkdown,
  type NecessityTable,
  needText,
  savedNeeds,
  verdictOf,
} from "../report/necessity.ts";
import { section } from "../report/section.ts";
import { formatSeconds, plural } from "../report/text.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { requireWritable, writeOutput } from "./files.ts";
import { Interruption } from "./interruption.ts";
import { loadModel } from "./load-model.ts";
import type { NecessityOptions } from "./necessity-arguments.ts";
import { NecessityRun } from "./necessity-run.ts";
import { planTasks } from "../session/plan.ts";
import { readSavedNeeds } from "./saved-needs.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Prints the table of each selected configuration, or the trace of one row.
 *
 * @throws TlbcheckError TLB306 for a row that does not exist, TLB309 for a file to compare with that is none,
 *   TLB315 if nothing that is selected holds
 */
export async function necessity(
  options: NecessityOptions,
  version: string,
  terminal: Terminal,
): Promise<ExitStatus> {
  const begin = performance.now();
  const family = await loadModel(options.file);
  const saved = options.expect === undefined ? null : await readSavedNeeds(options.expect);
  await requireWritable(options.output);
  const interruption = new Interruption();
  const isForPeople =
    (options.format === "text" || options.output !== undefined) && options.trace === undefined;
  const tell = (...lines: string[]): void => terminal.out(lines.map((line) => `${line}\n`).join(""));
  const run = await NecessityRun.start(family, options, terminal, interruption.signal);
  const tables: NecessityTable[] = [];
  try {
    for (const task of selectedTasks(family, options)) {
      if (interruption.interrupted) break;
      const table = await run.tableOf(task, options.trace);
      if (!table) continue;
      tables.push(table);
      if (isForPeople) tell(...(tables.length > 1 ? [""] : []), ...shownTable(table, terminal));
    }
  } finally {
    await run.close();
  }
  interruption.end();
  const { interrupted } = interruption;
  requireSomething(tables, family, interrupted);
  if (options.trace !== undefined) return showTrace(tables, options.trace, terminal);
  const differences = saved === null ? [] : needDifferences(saved, tables.flatMap(savedNeeds));
  const status = interrupted ? interruption.status : statusOf(tables, differences);
  const seconds = formatSeconds((performance.now() - begin) / 1000);
  const about = `${plural(tables.length, "configuration")} · ${seconds}`;
  const conclusion = [...differences, interrupted ? `interrupted; so far: ${about}` : about];
  if (isForPeople) tell("", ...conclusion);
  const text = {
    text: () =>
      [...tables.flatMap((table) => [...shownTable(table, terminal), ""]), ...conclusion, ""].join("\n"),
    markdown: () => necessityMarkdown(tables),
    json: () => documentOf(tables, version, status, interrupted),
  }[options.format];
  if (options.output !== undefined) await writeOutput(options.output, text());
  else if (!isForPeople) terminal.out(text());
  if (!isForPeople && differences.length > 0) terminal.error(differences.map((line) => `${line}\n`).join(""));
  return status;
}

function selectedTasks(family: Family, options: NecessityOptions) {
  const tasks = planTasks(family, options);
  if (options.trace !== undefined && tasks.length > 1)
    throw new TlbcheckError("TLB306", `--trace takes one configuration, and ${tasks.length} are selected`, {
      hint: "select one with --variant and --arch",
    });
  return tasks;
}

function requireSomething(tables: readonly NecessityTable[], family: Family, interrupted: boolean): void {
  if (tables.length > 0 || interrupted) return;
  throw new TlbcheckError("TLB315", `of ${family.name} no selected configuration has a property that holds`, {
    hint: "select a variant that holds with --variant, or a property that does with --property",
    source: family.source,
  });
}

function shownTable(table: NecessityTable, { style }: Terminal): string[] {
  const { model, configuration, id, states, judged, lost } = table;
  const names = [model, configuration.arch, configuration.variant]
    .filter((part) => part !== null)
    .join(" · ");
  const title = id === null ? names : `${names} (${id})`;
  const [header, ...rows] = necessityLines(table);
  return [
    style.bold(title),
    `  ${plural(states, "state")} · judged by ${judged.join(", ")}`,
    ...(lost.length > 0 ? [`  violated with every step in its place: ${lost.join(", ")}`] : []),
    "",
    style.bold(header!),
    ...rows,
    "",
    `  ${necessityConclusion(table)}`,
  ];
}

/** The counterexample of one row, as a check would print it. */
function showTrace(tables: readonly NecessityTable[], number: number, terminal: Terminal): ExitStatus {
  const [table] = tables;
  const row = table?.rows.find((each) => each.number === number);
  if (!table) return exitStatus.expected;
  if (!row) {
    const known = table.rows.map((each) => String(each.number));
    throw new TlbcheckError("TLB306", `the table has no row ${number}`, {
      hint: suggest(String(number), known),
    });
  }
  const what = row.form === null ? `without ${row.what}` : `with ${row.form} for ${row.what}`;
  const line = row.source ? ` (line ${row.source.line})` : "";
  terminal.out(`row ${number}, ${row.thread} ${what}${line}: ${needText(row)}\n\n`);
  const answer = verdictOf(row);
  if (answer?.need.kind !== "needed") return exitStatus.expected;
  const { lost } = answer.need;
  const property = answer.outcome.properties.find((each) => each.property === lost);
  if (!property) return exitStatus.expected;
  const command = `${table.command} --trace ${number}`;
  const { width, style } = terminal;
  const lines = section({ ...answer.outcome, command }, [property], { width, style, full: false });
  terminal.out(`${lines.join("\n")}\n`);
  return exitStatus.expected;
}

function statusOf(tables: readonly NecessityTable[], differences: readonly string[]): ExitStatus {
  if (differences.length > 0) return exitStatus.unexpected;
  const undecided = tables.some(({ rows }) => rows.some((row) => verdictOf(row)?.need.kind === "undecided"));
  return undecided ? exitStatus.inconclusive : exitStatus.expected;
}

function documentOf(
  tables: readonly NecessityTable[],
  version: string,
  status: ExitStatus,
  interrupted: boolean,
): string {
  const configurations = tables.map((table) => ({
    model: table.model,
    file: table.file,
    ...table.configuration,
    id: table.id,
    judged: table.judged,
    lost: table.lost,
    states: table.states,
    command: table.command,
    steps: table.rows.map(({ answers, ...row }) => ({
      ...row,
      text: needText({ ...row, answers }),
      answers: answers.map(({ order, need, outcome }) => ({ order, ...need, states: outcome.states })),
    })),
  }));
  const needs = tables.flatMap(savedNeeds);
  return `${printableJson(JSON.stringify({ version, status, interrupted, configurations, needs }, null, 2))}\n`;
}
