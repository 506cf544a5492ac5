// Compiles the style sheet and copies fonts and scripts into static/build/, which is not committed.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { compile } from "sass";

const out = "static/build";
rmSync(out, { recursive: true, force: true });
mkdirSync(`${out}/fonts`, { recursive: true });

const sheet = compile("static/src/portal.scss", {
  loadPaths: ["node_modules"],
  style: "compressed",
  quietDeps: true,
});
writeFileSync(`${out}/portal.css`, sheet.css);

const fonts = "node_modules/@fontsource/atkinson-hyperlegible/files";
for (const weight of ["400-normal", "400-italic", "700-normal", "700-italic"]) {
  for (const script of ["latin", "latin-ext"]) {
    const file = `atkinson-hyperlegible-${script}-${weight}.woff2`;
    cpSync(`${fonts}/${file}`, `${out}/fonts/${file}`);
  }
}
cpSync("node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js", `${out}/govuk-frontend.min.js`);
cpSync("static/src/portal.js", `${out}/portal.js`);
