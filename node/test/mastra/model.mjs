/*
 * A language model that speaks from a script, in the form that @mastra/core takes. `script` is called with the prompt and the
 * options of a call and says what the model does: { text } or { tool, args }.
 */
const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };

function contentOf({ text, tool, args = {} }, n) {
  return tool ? { type: 'tool-call', toolCallId: `call-${Date.now()}-${n}`, toolName: tool, input: JSON.stringify(args) } : { type: 'text', text };
}

function partsOf(content) {
  const said = content.type === 'text'
    ? [{ type: 'text-start', id: '0' }, { type: 'text-delta', id: '0', delta: content.text }, { type: 'text-end', id: '0' }] : [content];
  const finishReason = content.type === 'text' ? 'stop' : 'tool-calls';
  return [{ type: 'stream-start', warnings: [] }, { type: 'response-metadata', id: 'r', modelId: 'scripted', timestamp: new Date() }, ...said, { type: 'finish', finishReason, usage }];
}

export function scripted(script) {
  const calls = [];
  const next = (options) => {
    calls.push(options);
    return contentOf(script(options.prompt, options, calls.length), calls.length);
  };
  return {
    specificationVersion: 'v2', provider: 'scripted', modelId: 'scripted', supportedUrls: {}, calls,
    async doGenerate(options) {
      const content = next(options);
      return { content: [content], finishReason: content.type === 'text' ? 'stop' : 'tool-calls', usage, warnings: [] };
    },
    async doStream(options) {
      return { stream: ReadableStream.from(partsOf(next(options))) };
    },
  };
}

/* All text of a prompt. */
export function textOf(prompt) {
  return prompt.map(({ role, content }) => `${role}: ${typeof content === 'string' ? content : JSON.stringify(content)}`).join('\n');
}

/* What the user said last. */
export function lastUser(prompt) {
  const { content } = prompt.findLast(({ role }) => role === 'user') ?? { content: [] };
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join(' ');
}

export const hasToolResult = (prompt) => prompt.at(-1)?.role === 'tool';
