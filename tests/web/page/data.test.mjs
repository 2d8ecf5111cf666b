// Files that a visitor brings: read, trained on, kept on the machine, forgotten; and what is hostile in them.
import assert from "node:assert/strict";
import { atLeast, csv, pause, stepOf, test, until, visit } from "./browser.mjs";

// Three classes around corners of a cube, from a small generator of its own.
function table(rows, names = ["left", "right", "top"], header = "a,b,c,kind") {
  let state = 7;
  const noise = () => ((state = (state * 16807) % 2147483647) / 2147483647).toFixed(3);
  const lines = Array.from({ length: rows }, (_, i) => {
    const label = i % names.length;
    return [0, 1, 2]
      .map((axis) => (axis === label ? 3 : 0) + Number(noise()))
      .concat(names[label])
      .join(",");
  });
  return `${header}\n${lines.join("\n")}\n`;
}

const drawer = (page) => page.locator("#drawer");
const column = (page, name) => drawer(page).locator(".column", { has: page.getByText(name, { exact: true }) });
const said = (page) => drawer(page).locator(".said");
const found = (page) => drawer(page).locator(".found");
const ready = (page) => until(() => page.locator("#use-table").isEnabled(), "what is found");

async function openData(page) {
  if (await drawer(page).isHidden()) {
    await page.locator("#settings-tab").click();
  }
  await drawer(page).locator('[data-set="own"]').click();
  await drawer(page).getByText("Choose a file").or(drawer(page).getByText("Another file")).waitFor();
}
const give = (page, file) => drawer(page).locator("input[type=file]").setInputFiles(file);

async function learn(page) {
  await ready(page);
  await page.locator("#use-table").click();
  await until(() => drawer(page).isHidden(), "the drawer is closed");
}

// What the settings say of the data.
async function about(page) {
  if (await drawer(page).isHidden()) {
    await page.locator("#settings-tab").click();
  }
  const words = await drawer(page).locator("#source").textContent();
  await drawer(page).getByRole("button", { name: "About the data" }).click();
  return `${words}. ${await drawer(page).locator(".about-data .help").textContent()}`;
}

test("a file is chosen, its columns are picked, and it is learned from on this machine", () =>
  visit(async (page) => {
    await openData(page);
    assert.match(await drawer(page).textContent(), /nothing is sent anywhere.*200,000 rows/s);
    await give(page, csv("mine.csv", table(90)));
    await ready(page);
    assert.match(await found(page).textContent(), /mine\.csv.*90 rows, 4 columns/s);
    await column(page, "c").locator("input").uncheck();
    await ready(page);
    await learn(page);
    await until(() => /data=own.*checksum=/.test(page.url()), "its link");
    assert.match(await about(page), /90 rows of 2 columns.*mine\.csv: kept on this machine only/);
    await atLeast(page, 5);
  }));

test("what is decided on a file is told, and can be had otherwise", () =>
  visit(async (page) => {
    const lines = Array.from({ length: 60 }, (_, i) =>
      [i + 1, i % 20 === 3 ? "" : 20 + (i % 9), i % 3 ? "Köln" : "Rom", `${i % 7},5`, "abc"[i % 3]].join(";"),
    );
    const text = ["nr;age;town;grade;kind", ...lines].join("\r\n");
    const told = (name) => column(page, name).locator(".column-notes").textContent();
    await openData(page);
    await give(page, { name: "own.csv", mimeType: "text/csv", buffer: Buffer.from(text, "latin1") });
    await until(async () => /Latin-1/.test(await said(page).textContent()), "the encoding");
    await drawer(page).locator("select[name=encoding]").selectOption("latin1");
    await ready(page);
    assert.match(await found(page).textContent(), /60 rows, 5 columns.*commas are decimal/s);
    assert.match(await told("nr"), /left out: whole numbers in order/);
    assert.match(await told("age"), /3 of 60 empty, filled with the mean/);
    assert.ok(await column(page, "town").getByText("Köln, Rom").isVisible());
    assert.ok(await column(page, "kind").isHidden());
    const uses = ["nr", "age", "town", "grade"].map((name) => column(page, name).locator("input").isChecked());
    assert.deepEqual(await Promise.all(uses), [false, true, true, true]);

    await column(page, "nr").locator("input").check();
    await ready(page);
    await column(page, "grade").locator("input").uncheck();
    await ready(page);
    await column(page, "age").locator("select").selectOption("category");
    await ready(page);
    assert.match(await told("age"), /none of its values/);
    await drawer(page).locator("input[value=drop]").check();
    await ready(page);
    assert.match(await found(page).textContent(), /57 rows.*3 of 60 rows are left out/s);
    await learn(page);
    assert.match(await about(page), /57 rows of 12 columns/);
    await atLeast(page, 5);

    // The same choices are there when the columns are looked at again.
    await drawer(page).getByRole("button", { name: "Columns" }).click();
    await until(async () => /57 rows/.test(await found(page).textContent()), "what was chosen");
    assert.equal(await column(page, "grade").locator("input").isChecked(), false);
    assert.equal(await drawer(page).locator("select[name=encoding]").inputValue(), "latin1");
    await column(page, "grade").locator("input").check();
    await ready(page);
    await learn(page);
    await until(async () => /57 rows of 13 columns/.test(await about(page)), "one column more");
  }));

test("a file is kept from visit to visit until it is forgotten", () =>
  visit(async (page) => {
    await openData(page);
    await give(page, csv("mine.csv", table(60)));
    await learn(page);
    await until(() => /checksum=/.test(page.url()), "its link");
    await openData(page);
    const isKept = async () => /Kept on this machine only\./.test(await drawer(page).textContent());
    await until(isKept, "it is kept");
    await page.reload();
    await atLeast(page, 3);
    assert.match(await about(page), /60 rows of 3 columns/);

    await page.evaluate(() => (location.hash = "#run"));
    await page.reload();
    await atLeast(page, 1);
    await page.locator("#settings-tab").click();
    const tile = drawer(page).locator('[data-set="own"]');
    await until(async () => /mine\.csv/.test(await tile.textContent()), "its name on its tile");
    await tile.click();
    await ready(page);
    assert.match(await drawer(page).textContent(), /Kept on this machine only\..*mine\.csv/s);
    await learn(page);
    await until(() => /checksum=/.test(page.url()), "its link");
    const link = new URL(page.url()).hash;

    await openData(page);
    await drawer(page).getByRole("button", { name: "Forget this file" }).click();
    await until(() => /data=digits/.test(page.url()), "other data");
    await drawer(page).getByText("Choose a file").waitFor();
    await page.evaluate((hash) => (location.hash = hash), link);
    await page.reload();
    await drawer(page).getByText(/checksum [0-9a-f]{16}/).waitFor();
  }));

test("a browser that denies storage trains on the file, and says that it is not kept", () =>
  visit(async (page) => {
    await page.addInitScript(() => {
      Object.defineProperty(globalThis, "indexedDB", {
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      });
    });
    await page.reload();
    await atLeast(page, 1);
    await openData(page);
    await give(page, csv("mine.csv", table(60)));
    await learn(page);
    await page.locator("#message").getByText(/keeps no files/).waitFor();
    await until(() => /data=own/.test(page.url()), "its link");
    await atLeast(page, 3);
  }));

test("a file is dropped anywhere, cells are pasted", () =>
  visit(async (page) => {
    const tabs = table(60).replaceAll(",", "\t");
    const transfer = await page.evaluateHandle((text) => {
      const made = new DataTransfer();
      made.items.add(new File([text], "dropped.tsv", { type: "text/tab-separated-values" }));
      return made;
    }, tabs);
    await page.locator("#stage").dispatchEvent("dragover", { dataTransfer: transfer });
    await page.locator("#stage").dispatchEvent("drop", { dataTransfer: transfer });
    await until(async () => /dropped\.tsv.*60 rows/s.test(await drawer(page).textContent()), "what was dropped");

    const paste = (text) =>
      page.evaluate((text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/plain", text);
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
      }, text);
    await paste("not a table");
    await paste(table(45).replaceAll(",", "\t"));
    await until(async () => /pasted cells.*45 rows/s.test(await drawer(page).textContent()), "what was pasted");
    await page.evaluate((text) => navigator.clipboard.writeText(text), table(30).replaceAll(",", "\t"));
    await drawer(page).getByRole("button", { name: "Paste cells" }).click();
    await until(async () => /pasted cells.*30 rows/s.test(await drawer(page).textContent()), "what was copied");
    await learn(page);
    assert.match(await about(page), /30 rows of 3 columns/);
  }));

test("labels and headers are text, whatever they say", () =>
  visit(async (page) => {
    const names = ["<script>window.broken=1</script>", "<img src=x onerror=window.broken=1>", "__proto__"];
    await openData(page);
    await give(page, csv("<b>name.csv", table(60, names, "__proto__,constructor,<i>c,kind")));
    await ready(page);
    assert.ok((await drawer(page).textContent()).includes("<b>name.csv"));
    assert.ok(await column(page, "<i>c").isVisible());
    await learn(page);
    await atLeast(page, 5);
    await pause(page);
    assert.equal(await page.evaluate(() => window.broken), undefined);
  }));

test("if no row can be spared, that is said", () =>
  visit(async (page) => {
    await openData(page);
    await give(page, csv("two.csv", table(6)));
    await learn(page);
    const isSaid = async () => /6 rows of 3 columns.*No row could be held out/.test(await about(page));
    await until(isSaid, "why there is none");
  }));

test("what cannot be trained on is refused in words, and the run before goes on", () =>
  visit(async (page) => {
    const bytes = (name, ...values) => ({ name, mimeType: "text/csv", buffer: Buffer.from(values) });
    const refused = [
      [csv("ragged.csv", `${table(30)}1,2,left\n`), /^row 31: 3 cells, where the first line has 4$/],
      [csv("quote.csv", table(30).replace("left", '"left')), /^row 1, column kind: a quote is opened/],
      [csv("wide.csv", `${Array.from({ length: 1e6 }, (_, i) => `c${i}`).join(",")}\n1\n`), /1 cell, .* 1000000/],
      [csv("long.csv", `x,kind\n${"1,left\n2,right\n".repeat(100001)}`), /200,002 rows; .* takes at most 200,000/],
      [csv("empty.csv", ""), /empty/],
      [bytes("picture.csv", 137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0), /no text/],
      [csv("zeros.csv", "a,b\n1\0,2\n"), /zero bytes/],
      [csv("one.csv", table(30, ["same"])), /Choose the column/],
      [bytes("latin1.csv", ...Buffer.from("a,b\n1,ä\n", "latin1")), /not UTF-8; "Encoding: Latin-1" reads Latin-1$/],
    ];
    await openData(page);
    for (const [file, message] of refused) {
      await give(page, file);
      await until(async () => message.test(await said(page).textContent()), `${file.name}: ${message}`);
      assert.ok(await page.locator("#use-table").isDisabled());
    }
    const transfer = await page.evaluateHandle(() => {
      const made = new DataTransfer();
      made.items.add(
        new File(
          Array.from({ length: 200 }, () => new Uint8Array(1e6)),
          "huge.csv",
        ),
      );
      return made;
    });
    await page.locator("#stage").dispatchEvent("drop", { dataTransfer: transfer });
    await until(async () => /larger than 64 MB/.test(await said(page).textContent()), "200 MB");
    assert.match(page.url(), /data=digits/);
    const at = await stepOf(page); // it may have come to its end meanwhile
    await page.locator("#step").click();
    await atLeast(page, at + 1);
  }));

test("a link to own data asks for it by its checksum, and goes to its step", async () => {
  const file = csv("mine.csv", table(60));
  let link;
  await visit(async (page) => {
    await openData(page);
    await give(page, file);
    await learn(page);
    await until(() => /checksum=/.test(page.url()), "its link");
    link = `${new URL(page.url()).hash}&view.step=15`;
  });
  await visit(
    async (page) => {
      await drawer(page).getByText(/checksum [0-9a-f]{16}/).waitFor();
      await give(page, csv("other.csv", table(45)));
      await learn(page);
      await page.locator("#message").getByText(/not the data of the link/).waitFor();
    },
    { hash: link, wait: false },
  );
  await visit(
    async (page) => {
      await drawer(page).getByText(/checksum [0-9a-f]{16}/).waitFor();
      await give(page, file);
      await learn(page);
      await until(async () => (await stepOf(page)) === 15, "its step");
    },
    { hash: link, wait: false },
  );
});
