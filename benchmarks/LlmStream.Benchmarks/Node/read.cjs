// Reads a stream with packages of npm. Arguments: the file with its bytes, the bytes of a read.
// Each line of input is "CLIENT MILLISECONDS": reads the stream with that client for at least that processor time, and answers with a line:
// the nanoseconds of one run, and the characters of text or arguments that it read.
'use strict';
const { readFileSync } = require('node:fs');
const { createInterface } = require('node:readline');

const [file, readSize] = [process.argv[2], Number(process.argv[3])];
const bytes = readFileSync(file);

function open() {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, at + readSize)));
      at += readSize;
    },
  });
}

const fetch = async () => new Response(open(), { headers: { 'content-type': 'text/event-stream' } });
const baseURL = 'http://127.0.0.1/v1';
const lengthOf = delta =>
  (delta?.content?.length ?? 0) + (delta?.tool_calls ?? []).reduce((sum, call) => sum + (call.function?.arguments?.length ?? 0), 0);

const clients = {
  'eventsource-parser': () => {
    const { createParser } = require('eventsource-parser');
    return async () => {
      let length = 0;
      const parser = createParser({
        onEvent({ data }) {
          if (data !== '[DONE]') length += lengthOf(JSON.parse(data).choices[0]?.delta);
        },
      });
      const response = await fetch();
      const decoder = new TextDecoder();
      for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }));
      return length;
    };
  },
  openai: () => {
    const { OpenAI } = require('openai');
    const client = new OpenAI({ apiKey: 'none', baseURL, fetch });
    return async () => {
      let length = 0;
      const stream = await client.chat.completions.create({
        model: 'm', stream: true, messages: [{ role: 'user', content: 'Why is the sky blue?' }],
      });
      for await (const chunk of stream) length += lengthOf(chunk.choices[0]?.delta);
      return length;
    };
  },
  ai: () => {
    globalThis.AI_SDK_LOG_WARNINGS = false; // they would be read as text of the answer
    const { streamText, tool, jsonSchema } = require('ai');
    const { createOpenAICompatible } = require('@ai-sdk/openai-compatible');
    const model = createOpenAICompatible({ name: 'p', apiKey: 'none', baseURL, fetch })('m');
    // A tool without "execute" is not run.
    const tools = { write_file: tool({ inputSchema: jsonSchema({ type: 'object' }) }) };
    return async () => {
      let length = 0;
      const result = streamText({ model, tools, prompt: 'Why is the sky blue?' });
      for await (const part of result.fullStream) {
        if (part.type === 'text-delta') length += part.text.length;
        else if (part.type === 'tool-input-delta') length += part.delta.length;
        else if (part.type === 'error') throw part.error;
      }
      return length;
    };
  },
};

const created = {};

async function measure(name, milliseconds) {
  const run = (created[name] ??= clients[name]());
  const start = process.cpuUsage();
  let runs = 0, length, elapsed;
  do {
    length = await run();
    runs++;
    const used = process.cpuUsage(start);
    elapsed = used.user + used.system;
  } while (elapsed < milliseconds * 1000);
  return `${Math.round(elapsed * 1000 / runs)} ${length}`;
}

(async () => {
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, milliseconds] = line.split(' ');
    try {
      console.log(await measure(name, Number(milliseconds)));
    } catch (error) {
      console.log(`failed: ${String(error?.message ?? error).replaceAll('\n', ' ')}`);
    }
  }
})();
