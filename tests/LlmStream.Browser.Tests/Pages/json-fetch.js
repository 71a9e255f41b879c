import { createPage } from './page.js';

// fetch over plain JSON events, for a backend with POST /chat and {"message"}.
async function ask(prompt, view) {
    const response = await fetch('/chat', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ message: prompt }),
    });
    if (!response.ok) return view.status('failed: ' + response.status + ' ' + (await response.json()).detail);
    let end = 'cut off';
    let rest = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const lines = (rest + value).split('\n');
        rest = lines.pop();
        for (const line of lines.filter(line => line.startsWith('data: '))) {
            const data = JSON.parse(line.slice(6));
            view.append(data.content);
            view.finish(data.finish_reason);
            if (data.done) end = `complete, ${data.tokens} tokens`;
            if (data.error) end = 'failed: ' + data.error;
        }
    }

    view.status(end);
}

createPage(ask);
