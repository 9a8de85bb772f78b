/** What the rule tests read: the project's source files, told apart into code, comments and texts. No dependency. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The project's folder. */
export const root = path.join(import.meta.dirname, '..', '..');

/** One source file. `path` is relative to the project, with `/`. */
export interface Source {
  readonly path: string;
  /** As written. */
  readonly text: string;
  /** Comments blanked out, texts kept. Line numbers stay. */
  readonly code: string;
  /** Comments and the insides of texts blanked out. Line numbers stay. */
  readonly bare: string;
  /** The insides of string and template literals, with their line. */
  readonly texts: readonly { readonly line: number; readonly value: string }[];
}

/** Every TypeScript file below the given folders. */
export function sources(...folders: string[]): Source[] {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root })).sort();
  return files.map((file) => readSource(file));
}

export function readSource(file: string): Source {
  const text = readFileSync(path.join(root, file), 'utf8');
  return { path: file.split(path.sep).join('/'), text, ...separate(text) };
}

/** Files git follows (or would, were they added), relative to the project; deleted ones left out. */
export function trackedFiles(): string[] {
  const out = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  return [...new Set(out.toString().split('\0'))].filter((file) => file !== '' && existsSync(path.join(root, file)));
}

/** Imports of a file: the specifier, whether only types are taken, and the line. */
export function imports(source: Source): { specifier: string; typeOnly: boolean; line: number }[] {
  const pattern = /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\(\s*'([^']+)'/gm;
  return [...source.code.matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
    line: lineAt(source.code, match.index),
  }));
}

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** What may stand before a `/` that begins a regular expression rather than a division. */
const BEFORE_REGEX = /(?:^|[=(,;:!&|?{}[\]+\-*%<>~^]|\breturn|\btypeof|\bcase|=>)\s*$/;

/** The kinds of token that are not plain code, in the order they are tried. */
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const REGEX = /\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

function separate(text: string): Pick<Source, 'code' | 'bare' | 'texts'> {
  const texts: { line: number; value: string }[] = [];
  let code = '';
  let bare = '';
  /** Depth of braces at which each open `${` of a template ends. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;
  const take = (length: number, kind: 'code' | 'comment' | 'text') => {
    const piece = text.slice(at, at + length);
    const blank = piece.replace(/[^\n]/g, ' ');
    code += kind === 'comment' ? blank : piece;
    bare += kind === 'code' ? piece : kind === 'comment' ? blank : `${piece[0]}${blank.slice(2)}${piece.at(-1)}`;
    at += length;
  };
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0].length ?? 0;
  };
  /** A template's text from its backtick (or the `}` of a substitution) to the next `${` or its end. */
  const template = () => {
    const found = /[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(`|\$\{)/y;
    const length = match(found) || text.length - at;
    const piece = text.slice(at, at + length);
    texts.push({ line: lineAt(text, at), value: piece.replace(/^[`}]|`$|\$\{$/g, '') });
    take(length, 'text');
    if (piece.endsWith('${')) templates.push(depth);
  };
  while (at < text.length) {
    const char = text[at];
    const comment = char === '/' ? match(COMMENT) : 0;
    const string = char === "'" || char === '"' ? match(STRING) : 0;
    const regex = char === '/' && !comment && BEFORE_REGEX.test(bare.slice(-40)) ? match(REGEX) : 0;
    if (comment > 0) take(comment, 'comment');
    else if (string > 0) {
      texts.push({ line: lineAt(text, at), value: text.slice(at + 1, at + string - 1) });
      take(string, 'text');
    } else if (regex > 0) take(regex, 'text');
    else if (char === '`') template();
    else if (char === '}' && templates.at(-1) === depth) {
      templates.pop();
      template();
    } else {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      take(1, 'code');
    }
  }
  return { code, bare, texts };
}
