/** `docs/words.md` as the sources say it: the public members of classes and interfaces with their TSDoc. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { subjects } from "../../src/kernel/primitives.ts";
import type { AnyPrimitive } from "../../src/kernel/threads/primitive.ts";
import { mmParameters, scenarioParameters, tableParameters } from "../../src/kernel/declaration-arguments.ts";
import { kernelSources } from "../../src/kernel/sources.ts";
import { kernelProperties } from "../../src/index.ts";
import { root } from "./snippets.ts";

interface Member {
  readonly name: string;
  /** As it is called: `lock(lock)`; the name alone for a field. */
  readonly call: string;
  /** Empty where the source says nothing. */
  readonly says: string;
  /** The section of the class that it is in. */
  readonly section: string;
}

/** What a part of the page lists: the members of a class or an interface. */
interface Part {
  readonly file: string;
  readonly type: string;
  /** What stands before each word: `k.`. */
  readonly prefix: string;
  /** Members that only tlbcheck itself calls. */
  readonly without?: readonly string[];
  /** Only these, where most members are for words and not for model files. */
  readonly only?: readonly string[];
}

export const parts: Readonly<Record<string, Part>> = {
  m: { file: "src/kernel/scenario.ts", type: "Scenario", prefix: "m.", without: ["build"] },
  mm: { file: "src/kernel/handles.ts", type: "Mm", prefix: "mm." },
  page: { file: "src/kernel/handles.ts", type: "Page", prefix: "page." },
  table: { file: "src/kernel/handles.ts", type: "Table", prefix: "table." },
  program: {
    file: "src/kernel/threads/thread-program.ts",
    type: "ThreadProgram",
    prefix: "k.",
    without: ["link", "run"],
  },
  system: {
    file: "src/kernel/system.ts",
    type: "System",
    prefix: "system.",
    only: ["space", "page", "at", "pte", "entry", "isCached", "isWalkCached", "isLinked", "sharedVariable"],
  },
  frames: {
    file: "src/kernel/mm/frames.ts",
    type: "Frames",
    prefix: "system.frames.",
    only: ["inUse", "isTable", "overwritten"],
  },
  observers: { file: "src/kernel/observers.ts", type: "KernelObserver", prefix: "" },
};

export const options: Readonly<Record<string, string>> = {
  Details: "src/kernel/details.ts",
  KernelOptions: "src/kernel/arch/kernel-options.ts",
  MmOptions: "src/kernel/declaration-options.ts",
  PageOptions: "src/kernel/handles.ts",
  ThreadOptions: "src/kernel/declaration-options.ts",
  AccessOptions: "src/kernel/entry/access.ts",
  MmCallOptions: "src/kernel/entry/syscall.ts",
  MprotectOptions: "src/kernel/mm/mprotect.ts",
  MunmapOptions: "src/kernel/mm/munmap.ts",
  BatchOptions: "src/kernel/mm/batched-unmap.ts",
  TableRemoval: "src/kernel/mm/mmu-gather.ts",
};

/** The members of a part that the page lists. */
export function membersOf({ file, type, without = [], only }: Part): Member[] {
  return members(file, type).filter(({ name }) => !without.includes(name) && (only?.includes(name) ?? true));
}

/** The page with each list between its marks written anew. */
export async function rewritten(page: string): Promise<string> {
  const text = page.replace(
    /(<!-- words: (\w+)(?: of (\w+))? -->)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, what: string, of: string | undefined, end: string) =>
      `${begin}\n\n${listOf(what, of)}\n\n${end}`,
  );
  return format(text, { parser: "markdown", printWidth: 110, proseWrap: "preserve" });
}

function listOf(what: string, of: string | undefined): string {
  if (what === "properties") return propertyTable();
  if (what === "k") return primitiveList();
  return of === undefined ? list(parts[what]!) : optionList(of);
}

function propertyTable(): string {
  const rows = kernelProperties.map(
    ({ name, aliases, says }) => `| ${name} | ${aliases.join(", ")} | ${says} |`,
  );
  return ["| name | other name | it holds if |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The table of primitives by subject: what each takes and gives, and where Linux has it. */
function primitiveList(): string {
  return Object.entries(subjects)
    .map(([subject, table]) => {
      const entries = Object.entries<AnyPrimitive>(table).map(([name, entry]) => primitiveText(name, entry));
      return [`### ${subject}`, "", ...entries].join("\n");
    })
    .join("\n\n");
}

function primitiveText(name: string, { parameters, gives }: AnyPrimitive): string {
  const result = gives === null ? [] : [`  - gives ${gives}`];
  const says = primitiveComments().get(name) ?? "";
  const head = `- \`k.${callTo(name, parameters)}\`: ${says}`;
  return [head, ...parameterLines(parameters), ...result, `  - source: ${kernelSources[name]!.at}`].join(
    "\n",
  );
}

function callTo(name: string, parameters: AnyPrimitive["parameters"]): string {
  const names = parameters.map(
    (each) => `${each.rest ? "..." : ""}${each.name}${each.is.optional ? "?" : ""}`,
  );
  return `${name}(${names.join(", ")})`;
}

function parameterLines(parameters: AnyPrimitive["parameters"]): string[] {
  return parameters.map((each) => `  - \`${each.name}\`: ${saysOf(each.is)}`);
}

/** What a description says; of options, key by key. */
function saysOf({ says, keys, optional }: AnyPrimitive["parameters"][number]["is"]): string {
  const text = keys
    ? `options: ${Object.entries(keys)
        .map(([key, is]) => `\`${key}\` ${is.says}`)
        .join("; ")}`
    : says;
  return optional ? `${text}; may be left out` : text;
}

/** The comment above each entry of the table, by its name. */
export function primitiveComments(): Map<string, string> {
  const folder = join(root, "src/kernel");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const entry = /^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(\w+): primitive\(/gm;
  return new Map(
    files.flatMap((file) =>
      [...readFileSync(join(folder, file), "utf8").matchAll(entry)].map(
        ([, comment, name]) => [name!, prose(comment!)] as const,
      ),
    ),
  );
}

/** What declarations take, by the part and the name. */
const declarations: Readonly<Record<string, Readonly<Record<string, AnyPrimitive["parameters"] | null>>>> = {
  "m.": scenarioParameters,
  "mm.": mmParameters,
  "table.": tableParameters,
};

function memberText({ prefix }: Part, { name, call, says }: Member): string {
  const takes = declarations[prefix]?.[name];
  if (!takes) return `- \`${prefix}${call}\`: ${says}`;
  return [`- \`${prefix}${callTo(name, takes)}\`: ${says}`, ...parameterLines(takes)].join("\n");
}

function list(part: Part): string {
  const found = membersOf(part);
  const sections = [...new Set(found.map(({ section }) => section))];
  return sections
    .map((section) => {
      const lines = found
        .filter((member) => member.section === section)
        .map((member) => memberText(part, member));
      return [...(section ? [`### ${section.replace(/\.$/, "")}`, ""] : []), ...lines].join("\n");
    })
    .join("\n\n");
}

function optionList(type: string): string {
  const fields = members(options[type]!, type);
  return fields.map(({ call, says }) => `- \`${call}\`: ${says}`).join("\n");
}

/** The public members of a class or an interface, in the order of the source. */
export function members(file: string, type: string): Member[] {
  const source = readFileSync(join(root, file), "utf8");
  const body = new RegExp(
    `^export (?:abstract )?(?:class|interface) ${type}\\b[^\\n]*\\{\\n([\\s\\S]*?)^\\}`,
    "m",
  ).exec(source)?.[1];
  if (body === undefined) throw new Error(`${file} has no ${type}`);
  const isClass = new RegExp(`^export (?:abstract )?class ${type}\\b`, "m").test(source);
  const found: Member[] = [];
  let section = "";
  const token =
    /^ {2}\/\/ (?<section>[^\n]*(?:\n {2}\/\/ [^\n]*)*)\n\n|(?:^ {2}\/\*\*(?<says>(?:(?!\*\/)[\s\S])*)\*\/\n)?^ {2}(?<rest>(?:get |readonly )?[A-Za-z]\w*[\s\S]*?)(?=\n)/gm;
  for (const { groups } of body.matchAll(token)) {
    if (groups?.["section"] !== undefined) {
      section = groups["section"].replace(/\s*\n\s*\/\/ /g, " ");
      continue;
    }
    const rest = body.slice(body.indexOf(groups!["rest"]!));
    const name = /^(?:readonly |abstract |override )?(\w+)/.exec(rest)![1]!;
    const isMethod = /^\w+(?:<[^(]*>)?\(/.test(rest);
    if (name === "constructor" || (isClass && !isMethod)) continue;
    const call = isMethod ? `${name}(${parameters(rest)})` : callOf(rest, name);
    found.push({ name, call, says: prose(groups!["says"] ?? ""), section });
  }
  return found;
}

/** A field that is a function is listed with its parameters. */
function callOf(rest: string, name: string): string {
  const declared = /^(?:readonly )?\w+\??: \(/.exec(rest);
  return declared ? `${name}(${parameters(rest.slice(declared[0].length - 1))})` : name;
}

/** The names of the parameters, those that may be left out with a question mark. */
function parameters(rest: string): string {
  let depth = 0;
  let current = "";
  const all: string[] = [];
  for (const letter of rest.slice(rest.indexOf("("))) {
    if ("([{<".includes(letter) && depth++ === 0) continue;
    if (")]}>".includes(letter) && !current.endsWith("=") && --depth === 0) break;
    if (letter === "," && depth === 1) {
      all.push(current);
      current = "";
    } else current += letter;
  }
  return [...all, current]
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map(parameter)
    .join(", ");
}

function parameter(text: string): string {
  if (text.startsWith("{")) return "options?";
  const name = /^(?:\.\.\.)?\w+/.exec(text)![0];
  return /^\w+\?/.test(text) || hasDefault(text) ? `${name}?` : name;
}

function hasDefault(text: string): boolean {
  return /[^=]=(?!>)/.test(text.replaceAll("=>", ""));
}

/** TSDoc as the text of a list: one line, and one more for each item of a list in it. */
function prose(comment: string): string {
  const text = comment
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join(" ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/@throws TlbcheckError (.*)$/, "Throws $1.")
    .replace(/ - (?=`)/g, "\n  - ");
  return text.startsWith("- ") ? `one of\n  ${text}` : text;
}
