// Data that comes in, files and links that go out, and what is hostile among them.
import assert from "node:assert/strict";
import {
  atLeast,
  csv,
  facts,
  pause,
  picture,
  saved,
  setExactly,
  setting,
  stepOf,
  still,
  test,
  until,
  visit,
} from "./browser.mjs";

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

async function choose(page, file) {
  await page.locator("#open-file").click();
  await page.locator("#table-dialog input[type=file]").setInputFiles(file);
}

const column = (page, name) => page.locator("#table-dialog .column", { has: page.getByText(name, { exact: true }) });
const said = (page) => page.locator("#table-dialog .said");
const learn = (page) => page.locator("#use-table").click();
const legend = (page) => page.locator("#legend button span").allTextContents();

// Pauses and shares: the hash, and the embedding that stands there.
async function shared(page) {
  await pause(page);
  await still(page);
  await page.locator("#share").click();
  await until(() => page.url().includes("view.step="), "the step");
  return [new URL(page.url()).hash, String((await saved(page, "Embedding, CSV")).bytes)];
}
const stepIn = (link) => Number(/view\.step=(\d+)/.exec(link)[1]);

test("a file is chosen, its columns are picked, and it is learned from on this machine", () =>
  visit(async (page) => {
    await choose(page, csv("mine.csv", table(90)));
    await page.locator("#table-dialog .picker").waitFor();
    assert.match(await page.locator("#table-dialog").textContent(), /nothing is sent anywhere.*90 rows, 4 columns/s);
    await column(page, "c").locator("input").uncheck();
    await learn(page);
    await until(async () => (await legend(page)).join() === "left,right,top", "its classes");
    await atLeast(page, 10);
    const source = () => page.locator("#source").textContent();
    await until(async () => /90 rows of 2 columns, kept on this machine/.test(await source()), "where rows come from");
    await until(() => /data=own.*checksum=[0-9a-f]{16}/.test(page.url()), "its checksum in the address");
  }));

test("what is decided on a file is told, and can be had otherwise", () =>
  visit(async (page) => {
    const lines = Array.from({ length: 60 }, (_, i) =>
      [
        i + 1,
        i % 20 ? `${20 + (i % 9)},5` : "",
        ["Köln", "Rom"][i % 2],
        i % 4 ? 3 + (i % 2) : "?",
        ["a", "b", "c"][i % 3],
      ].join(";"),
    );
    const text = ["nr;age;town;grade;kind", ...lines].join("\r\n");
    const dialog = page.locator("#table-dialog");
    const told = (name) => column(page, name).locator(".column-notes").textContent();
    const ready = () => until(() => page.locator("#use-table").isEnabled(), "what is found");
    await choose(page, { name: "own.csv", mimeType: "text/csv", buffer: Buffer.from(text, "latin1") });
    await until(async () => /Latin-1/.test(await said(page).textContent()), "the encoding");
    await dialog.locator("select[name=encoding]").selectOption("latin1");
    await ready();
    assert.match(await dialog.locator(".found").textContent(), /60 rows, 5 columns/);
    assert.match(await told("nr"), /left out: whole numbers in order/);
    assert.match(await told("age"), /3 of 60 empty, filled with the mean/);
    assert.ok(await column(page, "town").getByText("Köln, Rom").isVisible());
    assert.ok(await column(page, "kind").isHidden());
    assert.deepEqual(
      await Promise.all(["nr", "age", "town", "grade"].map((name) => column(page, name).locator("input").isChecked())),
      [false, true, true, true],
    );

    await column(page, "nr").locator("input").check();
    await ready();
    await column(page, "grade").locator("input").uncheck();
    await ready();
    await column(page, "age").locator("select").selectOption("category");
    await ready();
    assert.match(await told("age"), /none of its values/);
    await dialog.locator("input[value=drop]").check();
    await ready();
    assert.match(await dialog.locator(".found").textContent(), /57 rows.*3 of 60 rows are left out/s);
    await learn(page);
    await until(async () => (await legend(page)).join() === "a,b,c", "its classes");
    await until(async () => /57 rows of 12 columns/.test(await page.locator("#source").textContent()), "its columns");
    await atLeast(page, 5);
    await pause(page);
    const { bytes } = await saved(page, "safetensors");
    const { __metadata__: metadata } = JSON.parse(String(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0)))));
    assert.ok(JSON.parse(metadata.recipe).includes("Köln"));
    assert.equal((await saved(page, "Data, CSV")).bytes.toString("latin1"), text);
  }));

test("a file is dropped", () =>
  visit(async (page) => {
    const transfer = await page.evaluateHandle(
      (text) => {
        const made = new DataTransfer();
        made.items.add(new File([text], "dropped.tsv", { type: "text/tab-separated-values" }));
        return made;
      },
      table(60).replaceAll(",", "\t"),
    );
    await page.locator("main").dispatchEvent("dragover", { dataTransfer: transfer });
    await page.locator("main").dispatchEvent("drop", { dataTransfer: transfer });
    await page.locator("#table-dialog .picker").waitFor();
    await learn(page);
    await until(async () => (await legend(page)).length === 3, "its classes");
    await atLeast(page, 5);
  }));

test("labels and headers are text, whatever they say", () =>
  visit(async (page) => {
    const names = ["<script>window.broken=1</script>", "<img src=x onerror=window.broken=1>", "__proto__"];
    await choose(page, csv("<b>name.csv", table(60, names, "__proto__,constructor,<i>c,kind")));
    await page.locator("#table-dialog .picker").waitFor();
    assert.ok((await page.locator("#table-dialog").textContent()).includes("<b>name.csv"));
    await learn(page);
    await until(async () => (await legend(page)).includes(names[0]), "labels as they stand");
    assert.deepEqual((await legend(page)).sort(), [...names].sort());
    await atLeast(page, 5);
    await pause(page);
    await page.locator("#choose-anchor").click();
    await page.locator(".anchor-name").waitFor();
    assert.equal(await page.evaluate(() => window.broken), undefined);
    const { bytes } = await saved(page, "SVG");
    assert.doesNotMatch(String(bytes), /<script|<img/);
  }));

test("a label of any length is told in short", () =>
  visit(async (page) => {
    await choose(page, csv("long.csv", table(60, ["x".repeat(200000), "right", "top"])));
    await page.locator("#table-dialog .picker").waitFor();
    await learn(page);
    await until(async () => (await legend(page)).length === 3, "its classes");
    assert.ok((await legend(page)).every((name) => name.length <= 60));
    await page.locator("#choose-anchor").click();
    await page.locator(".anchor-name").waitFor();
    await atLeast(page, 5);
  }));

test("three classes of seven rows are evaluated by the training rows; if no row can be spared, that is said", () =>
  visit(async (page) => {
    await choose(page, csv("seven.csv", table(21)));
    await learn(page);
    await until(async () => (await legend(page)).length === 3, "its classes");
    await until(async () => /held-out recall@1 100%( at|$)/m.test(await facts(page)), "a true figure");
    await choose(page, csv("two.csv", table(6)));
    await learn(page);
    const source = () => page.locator("#source").textContent();
    await until(async () => /6 rows of 3 columns.*No row could be held out/.test(await source()), "why there is none");
    await until(async () => /recall@1 of training rows 100%/.test(await facts(page)), "which rows are evaluated");
  }));

test("what cannot be trained on is refused in words, and the run before goes on", () =>
  visit(async (page) => {
    const bytes = (name, ...values) => ({ name, mimeType: "text/csv", buffer: Buffer.from(values) });
    const refused = [
      [csv("ragged.csv", `${table(30)}1,2,left\n`), /^row 31: 3 cells, where the first line has 4$/],
      [csv("quote.csv", table(30).replace("left", '"left')), /^row 1, column kind: a quote is opened/],
      [csv("wide.csv", `${Array.from({ length: 1e6 }, (_, i) => `c${i}`).join(",")}\n1\n`), /1 cell, .* 1000000/],
      [csv("long.csv", `x,kind\n${"1,left\n2,right\n".repeat(11000)}`), /22,000 rows; this page shows at most 20,000/],
      [csv("empty.csv", ""), /empty/],
      [bytes("picture.csv", 137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0), /no text/],
      [csv("zeros.csv", "a,b\n1\0,2\n"), /zero bytes/],
      [csv("one.csv", table(30, ["same"])), /Choose the column/],
      [bytes("latin1.csv", ...Buffer.from("a,b\n1,ä\n", "latin1")), /not UTF-8; "Encoding: Latin-1" reads Latin-1$/],
    ];
    for (const [file, message] of refused) {
      await choose(page, file);
      await until(async () => message.test(await said(page).textContent()), `${file.name}: ${message}`);
      assert.ok(await page.locator("#use-table").isDisabled());
      await page.keyboard.press("Escape");
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
    await page.locator("main").dispatchEvent("drop", { dataTransfer: transfer });
    await until(async () => /larger than 64 MB/.test(await said(page).textContent()), "200 MB");
    await page.keyboard.press("Escape");
    assert.equal((await legend(page)).length, 10);
    await atLeast(page, (await stepOf(page)) + 3);
  }));

test("symbols are drawn with the pointer and with keys, part, and travel in a link", async () => {
  let link;
  let sent;
  await visit(async (page) => {
    await setting(page, "data").locator("select").selectOption("drawn");
    const pad = page.locator("#pad");
    const stroke = async (points) => {
      const { x, y, width } = await pad.boundingBox();
      await page.mouse.move(x + points[0][0] * width, y + points[0][1] * width);
      await page.mouse.down();
      for (const [px, py] of points.slice(1)) {
        await page.mouse.move(x + px * width, y + py * width, { steps: 3 });
      }
      await page.mouse.up();
      await page.locator("#add-symbol").click();
    };
    await stroke([
      [0.5, 0.1],
      [0.5, 0.9],
    ]);
    await stroke([
      [0.4, 0.1],
      [0.45, 0.9],
    ]);
    assert.ok(await page.locator("#use-symbols").isDisabled());
    await page.locator("#draw-dialog .segments input").nth(1).check();
    await stroke([
      [0.1, 0.5],
      [0.9, 0.5],
    ]);
    await pad.focus();
    for (const key of [" ", "ArrowRight", " ", "ArrowRight", " ", "Enter"]) {
      await page.keyboard.press(key);
    }
    assert.equal(await page.locator(".shelf li").count(), 4);
    await page.locator("#use-symbols").click();
    await until(async () => (await legend(page)).join() === "A,B", "two classes");
    await atLeast(page, 20);
    await until(async () => /recall@1 100%/.test(await facts(page)), "they are separated");
    [link, sent] = await shared(page);
  });
  await visit(
    async (page) => {
      await until(async () => (await stepOf(page)) === stepIn(link), "its step");
      assert.deepEqual(await legend(page), ["A", "B"]);
      assert.equal(String((await saved(page, "Embedding, CSV")).bytes), sent);
      await page.locator("#open-draw").click();
      assert.equal(await page.locator(".shelf li").count(), 4);
    },
    { hash: link },
  );
  await visit(
    async (page) => {
      await page.locator("#message p", { hasText: "cannot be read" }).waitFor();
      assert.equal((await legend(page)).length, 10);
    },
    { hash: "#data=drawn&symbols=A7a" },
  );
});

test("everything can be saved", () =>
  visit(async (page) => {
    await atLeast(page, 10);
    await pause(page);
    const embedding = await saved(page, "Embedding, CSV");
    assert.equal(String(embedding.bytes).trim().split("\n").length, 1798);
    assert.match(String((await saved(page, "Lua script")).bytes), /require "triplet"/);
    assert.match(String((await saved(page, "JavaScript")).bytes), /from "triplet"/);
    const { bytes } = await saved(page, "safetensors");
    assert.ok(JSON.parse(String(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))))));
    assert.equal((await saved(page, "PNG")).bytes.subarray(1, 4).toString(), "PNG");
    const svg = String((await saved(page, "SVG")).bytes);
    assert.equal(svg.match(/<path/g).length, 1797);
    await page.getByRole("button", { name: "Save" }).click();
    const downloads = [];
    page.on("download", (download) => downloads.push(download.suggestedFilename()));
    await page.locator("#downloads button", { hasText: "Projector" }).click();
    await until(() => downloads.length === 2, "two files");
    assert.deepEqual(downloads.sort(), ["metadata.tsv", "vectors.tsv"]);
  }));

// A run with live changes is shared; the link is opened by two others.
test("a shared link replays the run to the bit", async () => {
  let link;
  let sent;
  await visit(async (page) => {
    await setting(page, "data").locator("select").selectOption("moons");
    await until(() => page.url().includes("data=moons"), "moons");
    await atLeast(page, 20);
    await setExactly(page, "margin", 0.5);
    await atLeast(page, 45);
    await setting(page, "mining").locator("select").selectOption("all");
    await atLeast(page, 70);
    [link, sent] = await shared(page);
  });
  assert.match(link, /changes=\d+:margin:0\.5;\d+:mining:all/);
  const step = stepIn(link);
  for (const scheme of ["light", "dark"]) {
    await visit(
      async (page) => {
        await atLeast(page, step);
        assert.equal(await stepOf(page), step);
        assert.equal(String((await saved(page, "Embedding, CSV")).bytes), sent);
      },
      { hash: link, scheme },
    );
  }
});

// Compared runs, each with a change of its own, gone back in: the link shows both where they stood.
test("a shared link replays both of two runs, to the step that was looked at", async () => {
  const both = async (page) => {
    const files = [];
    for (const side of [0, 1]) {
      await page.locator(".sides label").nth(side).click();
      await still(page);
      files.push(String((await saved(page, "Embedding, CSV")).bytes));
    }
    return files;
  };
  let link;
  let sent;
  await visit(
    async (page) => {
      await atLeast(page, 20);
      await setExactly(page, "margin", 0.4);
      await page.locator(".sides label").nth(1).click();
      await until(() => setting(page, "mining").locator("option[value=all]:checked").count(), "the settings of B");
      await setExactly(page, "learningRate", 0.01);
      await until(() => /[#&]changes=.*b\.changes=\d+:learningRate/.test(page.url()), "both changes in the address");
      await atLeast(page, 60);
      await pause(page);
      await still(page);
      await page.locator("#scrub").focus();
      await page.keyboard.press("PageDown");
      await still(page);
      assert.equal(await stepOf(page, 1), await stepOf(page));
      sent = await both(page);
      await page.locator("#share").click();
      await until(() => page.url().includes("view.step="), "the step");
      link = new URL(page.url()).hash;
    },
    { hash: "#data=moons&compare=true&b.mining=all" },
  );
  await visit(
    async (page) => {
      for (const pane of [0, 1]) {
        await until(async () => (await stepOf(page, pane)) === stepIn(link), "its step");
      }
      assert.deepEqual(await both(page), sent);
    },
    { hash: link },
  );
});

test("a link to own data asks for it by its checksum, and replays it to the bit", async () => {
  const file = csv("mine.csv", table(60));
  let link;
  let sent;
  await visit(async (page) => {
    await choose(page, file);
    await page.locator("#table-dialog .picker").waitFor();
    await learn(page);
    await until(async () => (await legend(page)).length === 3, "its classes");
    await atLeast(page, 15);
    [link, sent] = await shared(page);
  });
  await visit(
    async (page) => {
      await page
        .locator("#table-dialog")
        .getByText(/checksum [0-9a-f]{16}/)
        .waitFor();
      await page.locator("#table-dialog input[type=file]").setInputFiles(file);
      await page.locator("#table-dialog .picker").waitFor();
      await learn(page);
      await until(async () => (await legend(page)).length === 3, "its classes");
      await until(async () => (await stepOf(page)) === stepIn(link), "its step");
      assert.equal(String((await saved(page, "Embedding, CSV")).bytes), sent);
    },
    { hash: link },
  );
});

test("a hash of garbage opens the page as if it were fit", () =>
  visit(
    async (page) => {
      await atLeast(page, 5);
      const before = await picture(page);
      assert.ok(before.length > 0);
      await page.evaluate(
        () =>
          (location.hash =
            "#margin=NaN&seed=-1&changes=1:margin:<b>;;;:::&compare=true&b.layers=9999,9999,9999,9999,9"),
      );
      await until(async () => (await page.locator(".pane").count()) === 2, "two panes");
      await atLeast(page, 3);
    },
    {
      hash:
        "#%E0%A4%A=&data=<script>&dim=1e9&rows=Infinity&layers=[]&p=0&__proto__=1&view.step=-3&view.yaw=x" +
        "&changes=9e9:seed:1",
    },
  ));
