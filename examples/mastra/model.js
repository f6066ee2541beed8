/* A model that needs no network: it answers from what it is shown, so that one sees what the agent remembers. */
const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };

const textOf = ({ content }) => (typeof content === 'string' ? content : content.map((part) => part.text ?? '').join(' '));

function answer(prompt) {
  const said = prompt.filter(({ role }) => role === 'user').map(textOf);
  const name = said.map((words) => /my name is (\w+)/i.exec(words)?.[1]).findLast(Boolean);
  if (/my name\?/i.test(said.at(-1))) return name ? `Your name is ${name}.` : 'You have not told me.';
  return `${name ? `Thank you, ${name}. ` : ''}That was message ${said.length} that I see of you.`;
}

export const model = {
  specificationVersion: 'v2',
  provider: 'example',
  modelId: 'example',
  supportedUrls: {},
  async doGenerate({ prompt }) {
    return { content: [{ type: 'text', text: answer(prompt) }], finishReason: 'stop', usage, warnings: [] };
  },
  async doStream({ prompt }) {
    const stream = ReadableStream.from([
      { type: 'stream-start', warnings: [] },
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: answer(prompt) },
      { type: 'text-end', id: '0' },
      { type: 'finish', finishReason: 'stop', usage },
    ]);
    return { stream };
  },
};
