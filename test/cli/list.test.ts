import { expect, test } from "vitest";
import { counterModel, tlbcheck, Workspace } from "./command.ts";

const workspace = new Workspace();
const spec =
  'variants: { careful: { id: "C-1", about: "takes care", expect: {} }, hasty: { about: "does not", expect: {} } }, parameters: { pages: { about: "how many", default: 2, min: 1, max: 4 } }';
const MODEL = counterModel('  m.rule("a", { body: () => n.set(1) });', spec);

test("a folder's models with their variants and parameters", async () => {
  workspace.write("a folder/counter.ts", MODEL);
  workspace.write(
    "a folder/shared.ts",
    'import type { Term } from "tlbcheck/rules";\nexport type T = Term;\n',
  );
  workspace.write("a folder/unrelated.ts", 'throw new Error("this is not to be run");\n');
  const { status, out, err } = await workspace.run("list", "a folder");
  expect(err).toBe("");
  expect(status).toBe(0);
  expect(out).toBe(`a folder/counter.ts
  counts to three

    careful  C-1  takes care
    hasty         does not

    --set pages=2  1..4  how many
`);
});

test("as JSON", async () => {
  const { out } = await workspace.run("list", "a folder", "--json");
  expect(JSON.parse(out)).toMatchObject({
    models: [
      {
        file: "a folder/counter.ts",
        model: "counter",
        variants: [
          { variant: "careful", id: "C-1" },
          { variant: "hasty", id: null },
        ],
      },
    ],
  });
});

test("a file that does not load is told of, and the others are listed", async () => {
  workspace.write("mixed/counter.ts", MODEL);
  workspace.write("mixed/broken.ts", 'import { model } from "tlbcheck/rules";\nconst a = ;\n');
  const { status, out, err } = await workspace.run("list", "mixed");
  expect(status).toBe(65);
  expect(out).toContain("mixed/counter.ts");
  expect(err).toContain("error TLB303 mixed/broken.ts:2:11");
});

test("without a folder, the models that come with tlbcheck", async () => {
  const { status, out } = await tlbcheck(["list"]);
  expect(status).toBe(0);
  expect(out).toContain("models/reclaim-mprotect.ts");
  expect(out).toMatch(/^ {4}barrier-only +000-A3 /m);
});

test("a folder that is not there, and one without models", async () => {
  workspace.write("empty/readme.txt", "");
  expect(await workspace.run("list", "nowhere")).toMatchObject({
    status: 65,
    err: expect.stringContaining("TLB301") as string,
  });
  expect(await workspace.run("list", "empty")).toMatchObject({
    status: 65,
    err: expect.stringContaining("TLB304") as string,
  });
});
