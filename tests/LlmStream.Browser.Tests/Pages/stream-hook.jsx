import { useCallback, useState } from 'react';
import { createRoot } from 'react-dom/client';

// A hook as it is found in many tutorials: no check of the status, no buffer, no handling of errors. If something throws, it stays in the
// state of streaming.
function useChatStream() {
    const [messages, setMessages] = useState([]);
    const [isStreaming, setIsStreaming] = useState(false);

    const sendMessage = useCallback(async content => {
        const question = { role: 'user', content };
        setMessages(previous => [...previous, question]);
        setIsStreaming(true);
        const response = await fetch('/v1/chat/completions', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ messages: [...messages, question], stream: true }),
        });
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        let answer = '';
        while (true) {
            const { done, value } = await reader.read();
            if (done) break;
            for (const line of decoder.decode(value).split('\n')) {
                if (!line.startsWith('data: ') || line === 'data: [DONE]') continue;
                const piece = JSON.parse(line.slice(6)).choices[0]?.delta?.content;
                if (!piece) continue;
                answer += piece;
                setMessages(previous => previous.at(-1)?.role === 'assistant'
                    ? [...previous.slice(0, -1), { role: 'assistant', content: answer }]
                    : [...previous, { role: 'assistant', content: answer }]);
            }
        }

        setIsStreaming(false);
    }, [messages]);

    return { messages, sendMessage, isStreaming };
}

function Chat() {
    const { messages, sendMessage, isStreaming } = useChatStream();
    const [prompt, setPrompt] = useState('');
    const answer = messages.findLast(message => message.role === 'assistant');
    return <>
        <input id="prompt" aria-label="Message" value={prompt} onChange={event => setPrompt(event.target.value)} />
        <button id="send" onClick={() => sendMessage(prompt)}>Send</button>
        <p id="answer">{answer?.content}</p>
        <p id="status">{isStreaming ? 'streaming' : messages.length > 0 ? 'ended' : 'ready'}</p>
    </>;
}

createRoot(document.getElementById('root')).render(<Chat />);
