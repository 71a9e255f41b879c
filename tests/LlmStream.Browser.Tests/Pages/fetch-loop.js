import { createPage } from './page.js';

// The shortest loop: no check of the status, no buffer, no [DONE]. It throws at the end marker, also of a complete answer.
async function ask(prompt, view) {
    const response = await fetch('/api/chat', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: prompt }], stream: true }),
    });
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    while (true) {
        const { done, value } = await reader.read();
        if (done) break;
        for (const line of decoder.decode(value).split('\n')) {
            if (!line.startsWith('data: ')) continue;
            const data = JSON.parse(line.slice(6));
            view.finish(data.choices[0].finish_reason);
            if (data.choices[0].delta?.content) view.append(data.choices[0].delta.content);
        }
    }

    view.status('ended');
}

createPage(ask);
