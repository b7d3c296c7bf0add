using Silos.Ledger.Records;

namespace Silos.Budgets;

/// <summary>Accounts as one step of the register's writer sees and changes them; it saves them at its end.</summary>
/// <param name="stored">Those that exist; the others are empty.</param>
public sealed class Accounts(IReadOnlyDictionary<string, Account> stored)
{
    private readonly Dictionary<string, Account> changed = [];

    /// <summary>What must be saved, by account.</summary>
    public IReadOnlyDictionary<string, Account> Changed => changed;

    /// <summary>The account that all questions of this silo draw on.</summary>
    public Account Register => this[BudgetStore.Register];

    /// <summary>The account of one permit.</summary>
    public Account this[Hash32 permit] => this[BudgetStore.Of(permit)];

    private Account this[string name] => changed.TryGetValue(name, out var account) || stored.TryGetValue(name, out account) ? account : Account.Empty;

    /// <summary>Changes both accounts that a question under this permit draws on.</summary>
    public void Change(Hash32 permit, Func<Account, Account> change)
    {
        foreach (var name in (string[])[BudgetStore.Register, BudgetStore.Of(permit)])
        {
            changed[name] = change(this[name]);
        }
    }
}
