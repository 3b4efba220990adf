// Writes dist/index.d.ts: the types of the library in one file, with what they are made of and nothing else of src.
//   node scripts/types.mjs
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import ts from 'typescript';
import {root} from './run.mjs';

/** Where the declarations would be: nothing is written there. */
const folder = join(root, 'build/declarations');
const configuration = join(root, 'tsconfig.json');
const {options} = ts.parseJsonConfigFileContent(ts.readConfigFile(configuration, ts.sys.readFile).config, ts.sys, root);
const declarations = emitDeclarations();
const out = join(root, 'dist/index.d.ts');
mkdirSync(dirname(out), {recursive: true});
writeFileSync(out, gather());

/** The declarations of the library and of all that it imports, by the path of their source. */
function emitDeclarations() {
	const texts = new Map();
	const program = ts.createProgram([join(root, 'src/index.ts')], {
		...options,
		declaration: true,
		emitDeclarationOnly: true,
		outDir: folder,
		sourceMap: false,
	});
	const {diagnostics} = program.emit(undefined, (file, text) => texts.set(file, text));
	if (diagnostics.length > 0)
		throw new Error(
			ts.formatDiagnostics(diagnostics, {getCanonicalFileName: String, getCurrentDirectory: () => root, getNewLine: () => '\n'}),
		);
	return texts;
}

/** What the entry exports, and what that needs, in the order in which it is met. */
function gather() {
	const host = ts.createCompilerHost(options);
	const {fileExists, readFile, getSourceFile} = host;
	host.fileExists = (file) => declarations.has(file) || fileExists(file);
	host.directoryExists = (path) => [...declarations.keys()].some((file) => file.startsWith(path)) || ts.sys.directoryExists(path);
	host.readFile = (file) => declarations.get(file) ?? readFile(file);
	host.getSourceFile = (file, version, ...rest) => {
		const text = declarations.get(file);
		return text === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version, true);
	};
	const index = join(folder, 'src/index.d.ts');
	const program = ts.createProgram([index], {...options, paths: {}, noLib: true, types: []}, host);
	const checker = program.getTypeChecker();
	const original = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

	const found = new Map();
	const take = (symbol) => {
		for (const declaration of symbol.declarations ?? []) {
			const statement = statementOf(declaration);
			if (statement === undefined || !declarations.has(statement.getSourceFile().fileName) || found.has(statement)) continue;
			if ([...found.values()].includes(symbol.name)) throw new Error(`two types of the library are called ${symbol.name}`);
			found.set(statement, symbol.name);
			const visit = (node) => {
				const used = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
				if (used !== undefined) take(original(used));
				ts.forEachChild(node, visit);
			};
			visit(statement);
		}
	};
	const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index)));
	for (const symbol of exported) take(original(symbol));
	const isType = (symbol) => (original(symbol).flags & ts.SymbolFlags.Value) === 0;
	const names = exported.map((symbol) => `${isType(symbol) ? 'type ' : ''}${symbol.name}`);
	return `${[...found.keys()].map(textOf).join('\n')}\nexport {${names.join(', ')}};\n`;
}

/** The top-level statement that declares it; undefined for a member, a parameter and the like. */
function statementOf(declaration) {
	const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
	return ts.isSourceFile(statement.parent) && !ts.isImportDeclaration(statement) ? statement : undefined;
}

/** With its comment, and without `export`: the list at the end says what is exported. */
function textOf(statement) {
	const text = statement.getText();
	const [comment] = ts.getJSDocCommentsAndTags(statement).slice(-1);
	const bare = text.replace(/^export (declare )?/, (_, declare) => declare ?? '');
	return `${comment === undefined ? '' : `${comment.getText()}\n`}${bare}`;
}
