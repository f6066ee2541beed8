'use strict';
/*
 * Files for texts that libpq reads from files only (certificates, keys): in a folder of the process's own, for this
 * user only, gone when the store closes, is collected, or the process ends.
 */
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const folders = new Set();
let watching = false;

function remove(folder) {
  if (!folders.delete(folder)) return;
  fs.rmSync(folder, { recursive: true, force: true });
}

const collected = new FinalizationRegistry(remove);

function removeAll() {
  for (const folder of folders) remove(folder);
}

class TextFiles {
  #folder;
  #count = 0;

  #open() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pgconvo-')); // mode 0700
    if (!watching) process.once('exit', removeAll);
    watching = true;
    folders.add(folder);
    collected.register(this, folder);
    return folder;
  }

  /* The name of a file with this text. */
  write(text) {
    this.#folder ??= this.#open();
    const file = path.join(this.#folder, `${++this.#count}.pem`);
    fs.writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  remove() {
    if (this.#folder !== undefined) remove(this.#folder);
  }
}

module.exports = { TextFiles };
