using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Identity;
using Silos.Ledger.Records;
using Silos.Ledger.Storage;

namespace Research.Api.Accounts;

/// <summary>What became of a code: it counts now, it counted before, or it is not the authenticator's.</summary>
internal enum CodeTaken
{
    Now,
    Before,
    NotIts,
}

/// <summary>Codes of an account's authenticator by ASP.NET Core Identity (RFC 6238), each of which counts once (section 5.2): whoever saw one being typed cannot use it too.</summary>
internal sealed class AuthenticatorCodes(UserManager<Account> accounts, Database database, TimeProvider clock)
{
    private const string Writer = "accounts";

    /// <summary>Longer than Identity believes a code: two steps of 30 s before its own and two after.</summary>
    private static readonly TimeSpan Believed = TimeSpan.FromMinutes(3);

    /// <summary>Takes a code, in any writing: what counts is the number, as Identity reads it.</summary>
    public async Task<CodeTaken> TakeAsync(Account account, string code)
    {
        if (!await accounts.VerifyTwoFactorTokenAsync(account, accounts.Options.Tokens.AuthenticatorTokenProvider, code) || !int.TryParse(code, NumberStyles.Integer, CultureInfo.CurrentCulture, out var number))
        {
            return CodeTaken.NotIts;
        }

        var now = clock.GetUtcNow();
        return await database.WriteAsync(Writer, async within =>
        {
            await within.Connection!.ExecuteAsync("DELETE FROM used_codes WHERE ends < @now", new { now = RecordTime.Write(now) }, within);
            return await within.Connection!.ExecuteAsync(
                "INSERT INTO used_codes (account, code, ends) VALUES (@Id, @number, @ends) ON CONFLICT (account, code) DO NOTHING", new { account.Id, number, ends = RecordTime.Write(now + Believed) }, within);
        }) == 1 ? CodeTaken.Now : CodeTaken.Before;
    }
}
