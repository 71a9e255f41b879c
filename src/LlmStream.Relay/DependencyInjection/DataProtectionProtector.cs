using System.Security.Cryptography;
using LlmStream.Relay.Diagnostics;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;

namespace LlmStream.Relay.DependencyInjection;

/// <summary>Encrypts stored requests by the application's Data Protection.</summary>
internal sealed class DataProtectionProtector(IDataProtectionProvider protection, ILoggerFactory loggers) : IChatRequestProtector
{
    private readonly IDataProtector _protector = protection.CreateProtector("LlmStream.Relay.StoredRequest");
    private readonly ILogger _logger = loggers.CreateLogger("LlmStream.Relay");

    public byte[] Protect(byte[] request) => _protector.Protect(request);

    public byte[]? Unprotect(byte[] data)
    {
        try
        {
            return _protector.Unprotect(data);
        }
        catch (CryptographicException exception)
        {
            _logger.RequestNotDecrypted(exception);
            return null;
        }
    }
}
