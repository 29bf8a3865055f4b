#!/usr/bin/env node
// SPDX-License-Identifier: BSD-2-Clause
// The browser peer: a headless Chromium with the phone of src/phone.js, scripted like the other peers.
// One JSON command a line on standard input ({"do": "call", …}), one JSON event a line on standard
// output. usage: peer.mjs PROFILE-FOLDER [CHROMIUM-OPTION…]
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const FILES = { "/": ["src/page.html", "text/html"], "/phone.js": ["build/phone.js", "text/javascript"] };
const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-default-apps", "--mute-audio"];
const MEDIA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required"];

function tell(event) {
  process.stdout.write(JSON.stringify(event) + "\n");
}

// getUserMedia wants a secure context, which http://localhost is.
async function serve() {
  const server = createServer(async (request, response) => {
    const file = FILES[request.url.split("?")[0]];
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "Content-Type": file[1] });
    response.end(await readFile(join(FOLDER, file[0])));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function main([profile, ...options]) {
  const server = await serve();
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    chromiumSandbox: false,
    args: [...QUIET, ...MEDIA, ...options],
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.on("console", (m) => tell({ event: "console", text: m.text() }));
  page.on("pageerror", (e) => tell({ event: "error", text: String(e) }));
  await page.exposeFunction("tell", tell);
  await page.goto(`http://localhost:${server.address().port}/`);
  tell({ event: "ready" });
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: verb, ...parameters } = JSON.parse(line);
    if (verb === "quit") break;
    try {
      await page.evaluate(([v, p]) => window.phone[v](p), [verb, parameters]);
      tell({ event: "done", verb });
    } catch (problem) {
      tell({ event: "error", text: String(problem), verb });
    }
  }
  await browser.close();
  server.close();
}

main(process.argv.slice(2)).catch((problem) => {
  tell({ event: "error", text: String(problem) });
  process.exit(1);
});
