// Has the AsyncAPI parser read a document: node asyncapi.mjs FOLDER_OF_NODE_MODULES DOCUMENT.
// Prints every diagnostic of error severity; any of them fails.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [packages, file] = process.argv.slice(2);
const { Parser, DiagnosticSeverity } = createRequire(resolve(packages, 'package.json'))('@asyncapi/parser');
const severityOfError = DiagnosticSeverity?.Error ?? 0;

const { document, diagnostics } = await new Parser().parse(readFileSync(file, 'utf8'), { source: file });
const errors = diagnostics.filter((one) => one.severity === severityOfError);
for (const one of errors) console.error(`${one.path.join('.')}: ${one.message}`);
if (!document) console.error('the parser made no document of it');

const channels = document?.channels().all().length ?? 0;
const messages = document?.messages().all().length ?? 0;
const operations = document?.operations().all().length ?? 0;
console.log(
  `asyncapi: ${errors.length} diagnostics of error severity, ${diagnostics.length - errors.length} others; ` +
    `${channels} channels, ${messages} messages, ${operations} operations`,
);
process.exit(document && errors.length === 0 && channels > 0 && messages > 0 ? 0 : 1);
