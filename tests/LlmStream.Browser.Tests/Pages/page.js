// What the plain pages share: a form, the answer so far, and how it ended.
export function createPage(ask) {
    document.body.innerHTML = `
        <form id="form"><input id="prompt" aria-label="Message"><button id="send">Send</button></form>
        <p id="answer"></p>
        <p id="finish"></p>
        <p id="status">ready</p>`;
    const element = id => document.getElementById(id);
    element('form').addEventListener('submit', event => {
        event.preventDefault();
        element('status').textContent = 'streaming';
        ask(element('prompt').value, {
            append: text => { element('answer').textContent += text ?? ''; },
            finish: reason => { element('finish').textContent = reason ?? ''; },
            status: text => { element('status').textContent = text; },
        });
    });
}
