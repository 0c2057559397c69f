// Builds src/custodes/static/dist: app.css, app.rtl.css and app.js, and prints what each weighs on the wire.
// Usage: npm ci && node build.mjs
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import postcss from "postcss";
import rtlcss from "rtlcss";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "src", "custodes", "static", "dist");
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const target = ["chrome90", "edge90", "firefox90", "safari14"];
const minified = async (css) => (await esbuild.transform(css, { loader: "css", minify: true, target })).code;

const sheet = sass.compile(join(here, "app.scss"), {
  loadPaths: [join(here, "node_modules")],
  quietDeps: true,
  style: "expanded",
}).css;
writeFileSync(join(dist, "app.css"), await minified(sheet));

// The mirrored sheet is the same sheet with left and right exchanged; our own rules use logical properties, which it leaves alone.
const mirrored = postcss([rtlcss]).process(sheet, { from: undefined }).css;
writeFileSync(join(dist, "app.rtl.css"), await minified(mirrored));

await esbuild.build({
  entryPoints: [join(here, "app.js")],
  outfile: join(dist, "app.js"),
  bundle: true,
  minify: true,
  format: "iife",
  legalComments: "eof",
  target: "es2020",
});

for (const name of ["app.css", "app.rtl.css", "app.js"]) {
  const bytes = readFileSync(join(dist, name));
  const compressed = gzipSync(bytes, { level: 9 }).length;
  console.log(`${name.padEnd(12)} ${String(bytes.length).padStart(7)} B  ${(compressed / 1024).toFixed(1).padStart(5)} KB gzip`);
}
