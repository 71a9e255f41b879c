import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useChat } from '@ai-sdk/react';

// A page with useChat and its defaults, which ask /api/chat. The ending is what onFinish reports.
function Chat() {
    const [prompt, setPrompt] = useState('');
    const [ending, setEnding] = useState('');
    const { messages, status, error, sendMessage, stop } = useChat({
        onFinish: ({ isAbort, isDisconnect, isError, finishReason }) =>
            setEnding(isAbort ? 'stopped' : isDisconnect ? 'disconnected' : isError ? 'failed' : finishReason ?? 'unknown'),
    });
    const answer = messages.findLast(message => message.role === 'assistant');
    const parts = type => answer?.parts.filter(part => part.type === type).map(part => part.text).join('');
    const calls = answer?.parts.filter(part => part.type === 'dynamic-tool' || part.type.startsWith('tool-')) ?? [];
    const describe = call => `${call.toolName ?? call.type.slice(5)} ${JSON.stringify(call.input)} ${call.state}`;
    return <>
        <input id="prompt" aria-label="Message" value={prompt} onChange={event => setPrompt(event.target.value)} />
        <button id="send" onClick={() => sendMessage({ text: prompt })}>Send</button>
        <button id="stop" onClick={stop}>Stop</button>
        <p id="reasoning">{parts('reasoning')}</p>
        <p id="answer">{parts('text')}</p>
        <p id="calls">{calls.map(describe).join('\n')}</p>
        <p id="status">{status}</p>
        <p id="finish">{ending}</p>
        <p id="error" role="alert">{error?.message}</p>
    </>;
}

createRoot(document.getElementById('root')).render(<Chat />);
