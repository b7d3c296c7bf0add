namespace Research.Web.Components.Pages.Dashboards;

/// <summary>A region on a tile map.</summary>
/// <param name="Name">Its own name, the same in every language.</param>
/// <param name="Short">As it fits on a tile.</param>
internal sealed record RegionTile(string Code, string Name, string Short, int Column, int Row);

/// <summary>The twelve mesoregions of Minas Gerais (IBGE), each a tile about where it lies.</summary>
internal static class MinasGerais
{
    public static IReadOnlyList<RegionTile> Tiles { get; } =
    [
        new("3101", "Noroeste de Minas", "Noroeste", 1, 0), new("3102", "Norte de Minas", "Norte", 2, 0), new("3103", "Jequitinhonha", "Jequitinhonha", 3, 0),
        new("3105", "Triângulo Mineiro e Alto Paranaíba", "Triângulo", 0, 1), new("3106", "Central Mineira", "Central", 1, 1),
        new("3107", "Metropolitana de Belo Horizonte", "Metropolitana", 2, 1), new("3104", "Vale do Mucuri", "Mucuri", 3, 1),
        new("3109", "Oeste de Minas", "Oeste", 1, 2), new("3111", "Campo das Vertentes", "Vertentes", 2, 2), new("3108", "Vale do Rio Doce", "Rio Doce", 3, 2),
        new("3110", "Sul e Sudoeste de Minas", "Sul", 1, 3), new("3112", "Zona da Mata", "Zona da Mata", 2, 3),
    ];

    /// <summary>The region's name; the code itself where it is none of these.</summary>
    public static string NameOf(string code) => Tiles.FirstOrDefault(tile => tile.Code == code)?.Name ?? code;

    /// <summary>In which of five steps a rate lies between the least and the greatest shown, 1 to 5.</summary>
    public static int Step(double rate, double least, double most) => most <= least ? 3 : 1 + (int)Math.Min(4, (rate - least) / (most - least) * 5);
}
