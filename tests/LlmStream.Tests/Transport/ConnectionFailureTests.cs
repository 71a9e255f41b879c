using System.Net.Sockets;
using System.Security.Authentication;
using LlmStream.Transport;

namespace LlmStream.Tests.Transport;

public class ConnectionFailureTests
{
    private const string Sending = "An error occurred while sending the request.";

    public static TheoryData<Exception, string> Causes => new()
    {
        { new HttpRequestException("Connection refused (a:1)", new SocketException((int)SocketError.ConnectionRefused)), "Connection refused (a:1)" },
        {
            new HttpRequestException(
                HttpRequestError.SecureConnectionError,
                "The SSL connection could not be established, see inner exception.",
                new AuthenticationException("The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch")),
            "The SSL connection could not be established: The remote certificate is invalid according to the validation procedure: "
                + "RemoteCertificateNameMismatch (the certificate is for another host name)"
        },
        {
            new HttpRequestException(HttpRequestError.SecureConnectionError, "It failed, see inner exception.", new AuthenticationException("RemoteCertificateChainErrors")),
            "It failed: RemoteCertificateChainErrors (the certificate is not trusted)"
        },
        {
            new HttpRequestException(HttpRequestError.ResponseEnded, Sending, new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely.")),
            "The server closed the connection before it sent the headers of a response"
        },
        {
            new HttpRequestException(Sending, new IOException("Unable to read data.", new SocketException((int)SocketError.ConnectionReset))),
            "Unable to read data: " + new SocketException((int)SocketError.ConnectionReset).Message
        },
        { new HttpRequestException(Sending), Sending },
    };

    [Theory, MemberData(nameof(Causes))]
    public void The_cause_is_described(Exception exception, string expected) => Assert.Equal(expected, ConnectionFailure.Describe(exception));

    [Fact]
    public void The_message_contains_no_credentials_of_the_address()
    {
        LlmProvider provider = LlmProvider.CreateOpenAICompatible(new Uri("https://llm.test/v1"));
        var address = new Uri("https://user:secret@llm.test/v1/chat?key=secret");
        string message = ConnectionFailure.Create(new HttpRequestException("no"), provider, address).Message;
        Assert.EndsWith("could not be reached at https://llm.test/v1/chat: no", message, StringComparison.Ordinal);
    }
}
