'use strict';
/* The parameters of a connection by libpq's names, as this libpq knows them. */
const native = require('./native.js');

function given(parameters) {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
}

/* What a connection string says; it was accepted before. */
function ofString(text) {
  return text === undefined ? {} : given(native.parameters(text));
}

/* What the environment says. */
function ofEnvironment() {
  return given(native.parameters());
}

function names() {
  return Object.keys(native.parameters());
}

module.exports = { ofString, ofEnvironment, names };
