// Names each text of a `defineTexts` that no page says. `npm run check` runs it.
//
// A text is said by `texts.word`, by `texts[word]` where the type of `word` lists the words it can be, and by being
// handed on to something that asks for it by name. A key of two parts, `kind_actual` or `state.offered`, may be put
// together from a list and a code, where a page of the folder looks texts up by such names.

import { relative } from 'node:path';
import ts from 'typescript';

const root = import.meta.dirname;
const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile);
const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(fileNames, options);
const checker = program.getTypeChecker();
const sources = program.getSourceFiles().filter((file) => !file.isDeclarationFile && !file.fileName.includes('node_modules'));

/** Where each text is written, in Chinese, and those that no page has said so far. */
const unsaid = new Map();
const composed = [];

function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function collect(node) {
  if (!ts.isCallExpression(node) || node.expression.getText() !== 'defineTexts') return;
  const zh = node.arguments[0].properties.find((property) => property.name.getText() === 'zh');
  for (const text of zh.initializer.properties) unsaid.set(text, text.name.text);
}

function say(symbol) {
  for (const declaration of symbol?.declarations ?? []) unsaid.delete(declaration);
}

function mark(node) {
  if (ts.isPropertyAccessExpression(node)) {
    say(checker.getSymbolAtLocation(node.name));
  } else if (ts.isElementAccessExpression(node)) {
    const [holder, word] = [checker.getTypeAtLocation(node.expression), checker.getTypeAtLocation(node.argumentExpression)];
    for (const one of word.isUnion() ? word.types : [word]) {
      if (one.isStringLiteral()) say(holder.getProperty(one.value));
    }
    if (word.flags & (ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral)) composed.push(node.getSourceFile().fileName);
  } else if (ts.isIdentifier(node) && ts.isCallExpression(node.parent) && node.parent.arguments.includes(node)) {
    const [given, asked] = [checker.getTypeAtLocation(node), checker.getContextualType(node)];
    for (const property of asked?.getProperties() ?? []) {
      const same = given.getProperty(property.name);
      if (same?.declarations?.[0] !== property.declarations?.[0]) say(same);
    }
  }
}

for (const file of sources) walk(file, collect);
for (const file of sources) walk(file, mark);

const folders = composed.map((file) => file.replace(/[^/]*$/, ''));
const left = [...unsaid].filter(([text, key]) => !(/[_.]/.test(key) && folders.some((folder) => text.getSourceFile().fileName.startsWith(folder))));
for (const [text, key] of left) {
  const file = text.getSourceFile();
  console.error(`${relative(root, file.fileName)}:${file.getLineAndCharacterOfPosition(text.getStart()).line + 1} nobody says "${key}"`);
}
process.exitCode = left.length === 0 ? 0 : 1;
