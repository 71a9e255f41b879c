import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useChat } from '@ai-sdk/react';

// A page with useChat and its defaults, which ask /api/chat. The ending is what onFinish reports.
// ?chat=ID: a page of an application with kept streams. It resumes when it opens, has stored the user's messages (here in the tab),
// and its stop button tells the server.
const id = new URLSearchParams(location.search).get('chat');
const kept = id ? { id, resume: true, messages: JSON.parse(sessionStorage.getItem(id) ?? '[]') } : {};

function Chat() {
    const [prompt, setPrompt] = useState('');
    const [ending, setEnding] = useState('');
    const { messages, status, error, sendMessage, stop } = useChat({
        ...kept,
        onFinish: ({ isAbort, isDisconnect, isError, finishReason }) =>
            setEnding(isAbort ? 'stopped' : isDisconnect ? 'disconnected' : isError ? 'failed' : finishReason ?? 'unknown'),
    });
    if (id) sessionStorage.setItem(id, JSON.stringify(messages.filter(message => message.role === 'user')));
    const stopAnswer = () => id ? fetch(`/api/chat/${id}/stop`, { method: 'POST' }) : stop();
    const answer = messages.findLast(message => message.role === 'assistant');
    const parts = type => answer?.parts.filter(part => part.type === type).map(part => part.text).join('');
    const calls = answer?.parts.filter(part => part.type === 'dynamic-tool' || part.type.startsWith('tool-')) ?? [];
    const describe = call => `${call.toolName ?? call.type.slice(5)} ${JSON.stringify(call.input)} ${call.state}`;
    return <>
        <input id="prompt" aria-label="Message" value={prompt} onChange={event => setPrompt(event.target.value)} />
        <button id="send" onClick={() => sendMessage({ text: prompt })}>Send</button>
        <button id="stop" onClick={stopAnswer}>Stop</button>
        <p id="answers">{messages.filter(message => message.role === 'assistant').length}</p>
        <p id="reasoning">{parts('reasoning')}</p>
        <p id="answer">{parts('text')}</p>
        <p id="calls">{calls.map(describe).join('\n')}</p>
        <p id="status">{status}</p>
        <p id="finish">{ending}</p>
        <p id="error" role="alert">{error?.message}</p>
    </>;
}

createRoot(document.getElementById('root')).render(<Chat />);
