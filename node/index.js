'use strict';
module.exports = require('./store.js');
