namespace Research.Api.Payments;

/// <summary>The price list: the section <c>Payments</c>. Prices are for services; none depends on an answer, on ε, or on who consented.</summary>
internal sealed class PaymentOptions
{
    /// <summary>In which currency are prices? ISO 4217; BRL by default.</summary>
    public string Currency { get; init; } = "BRL";

    /// <summary>What does handling an application cost? Smallest units, from 0; 0 (nothing) by default.</summary>
    public long ReviewFee { get; init; }

    /// <summary>What does a hospital get for preparing one dataset? Smallest units, from 0; 0 by default.</summary>
    public long DatasetFee { get; init; }

    /// <summary>Which connected account (acct_…) has the hospital of this register? By register id; none passes nothing on.</summary>
    public Dictionary<string, string> Accounts { get; init; } = [];

    /// <summary>Whether anything is to be paid at all.</summary>
    public bool AnythingToPay => ReviewFee > 0 || DatasetFee > 0;
}

/// <summary>How Stripe, or its double, is reached: the section <c>Stripe</c>.</summary>
internal sealed class StripeOptions
{
    /// <summary>Where does the API answer? https://api.stripe.com by default, or the double's address.</summary>
    public Uri Url { get; init; } = new("https://api.stripe.com");

    /// <summary>Which key authorises us? A test-mode key sk_test_…</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>Which secret signs events? whsec_…; none, and the hub asks for events itself (<see cref="FollowEvents"/>).</summary>
    public string WebhookSecret { get; init; } = "";

    /// <summary>Where does the payer's browser go afterwards?</summary>
    public string ReturnUrl { get; init; } = "http://localhost:5080/payments";
}
