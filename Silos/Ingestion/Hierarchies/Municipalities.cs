namespace Silos.Ingestion.Hierarchies;

/// <summary>A municipality of Minas Gerais: its 7-digit IBGE code, the codes of its micro- and mesoregion, and its weight in the sample.</summary>
/// <param name="Code">IBGE code, 7 digits, check digit included.</param>
/// <param name="Microregion">IBGE code of the microregion, 5 digits.</param>
/// <param name="Mesoregion">IBGE code of the mesoregion, 4 digits.</param>
/// <param name="Thousands">Inhabitants, in thousands, rounded: how often the generator draws it.</param>
public sealed record Municipality(string Code, string Name, string Microregion, string Mesoregion, int Thousands);

/// <summary>The municipalities that the sample's patients live in: every mesoregion, large towns and villages.</summary>
public static class Municipalities
{
    /// <summary>The table, in no particular order; codes are unique.</summary>
    public static IReadOnlyList<Municipality> All { get; } =
    [
        new("3106200", "Belo Horizonte", "31030", "3107", 2316),
        new("3170206", "Uberlândia", "31018", "3105", 713),
        new("3118601", "Contagem", "31030", "3107", 622),
        new("3136702", "Juiz de Fora", "31065", "3112", 541),
        new("3143302", "Montes Claros", "31007", "3102", 414),
        new("3106705", "Betim", "31030", "3107", 412),
        new("3170107", "Uberaba", "31022", "3105", 338),
        new("3154606", "Ribeirão das Neves", "31030", "3107", 330),
        new("3127701", "Governador Valadares", "31037", "3108", 257),
        new("3122306", "Divinópolis", "31043", "3109", 231),
        new("3131307", "Ipatinga", "31039", "3108", 228),
        new("3167202", "Sete Lagoas", "31027", "3107", 227),
        new("3157807", "Santa Luzia", "31030", "3107", 219),
        new("3129806", "Ibirité", "31030", "3107", 171),
        new("3151800", "Poços de Caldas", "31051", "3110", 164),
        new("3148004", "Patos de Minas", "31020", "3105", 159),
        new("3152501", "Pouso Alegre", "31052", "3110", 152),
        new("3168606", "Teófilo Otoni", "31015", "3104", 138),
        new("3105608", "Barbacena", "31059", "3111", 125),
        new("3171204", "Vespasiano", "31030", "3107", 129),
        new("3170701", "Varginha", "31050", "3110", 136),
        new("3118304", "Conselheiro Lafaiete", "31034", "3107", 131),
        new("3103504", "Araguari", "31018", "3105", 118),
        new("3131703", "Itabira", "31031", "3107", 113),
        new("3147907", "Passos", "31047", "3110", 112),
        new("3119401", "Coronel Fabriciano", "31039", "3108", 104),
        new("3144805", "Nova Lima", "31030", "3107", 112),
        new("3143906", "Muriaé", "31063", "3112", 104),
        new("3134202", "Ituiutaba", "31017", "3105", 102),
        new("3104007", "Araxá", "31023", "3105", 112),
        new("3138203", "Lavras", "31057", "3111", 105),
        new("3147105", "Pará de Minas", "31029", "3107", 97),
        new("3133808", "Itaúna", "31043", "3109", 98),
        new("3147006", "Paracatu", "31002", "3101", 94),
        new("3115300", "Cataguases", "31066", "3112", 66),
        new("3127107", "Frutal", "31021", "3105", 58),
        new("3135100", "Janaúba", "31004", "3102", 70),
        new("3171303", "Viçosa", "31062", "3112", 76),
        new("3162500", "São João del Rei", "31058", "3111", 91),
        new("3169901", "Ubá", "31064", "3112", 103),
        new("3123601", "Elói Mendes", "31050", "3110", 27),
        new("3135209", "Januária", "31003", "3102", 65),
        new("3152105", "Ponte Nova", "31060", "3112", 58),
        new("3120904", "Curvelo", "31025", "3106", 81),
        new("3121605", "Diamantina", "31010", "3103", 47),
        new("3102605", "Andradas", "31051", "3110", 41),
        new("3151206", "Pirapora", "31006", "3102", 56),
        new("3170404", "Unaí", "31001", "3101", 87),
        new("3104502", "Arinos", "31001", "3101", 17),
        new("3102852", "Angelândia", "31011", "3103", 8),
        new("3105400", "Barão de Cocais", "31031", "3107", 31),
        new("3101607", "Alfenas", "31049", "3110", 79),
        new("3139409", "Manhuaçu", "31061", "3112", 92),
        new("3137205", "Lagoa da Prata", "31026", "3106", 51),
        new("3126109", "Formiga", "31044", "3109", 68),
        new("3109006", "Brumadinho", "31030", "3107", 39),
        new("3102308", "Alvinópolis", "31031", "3107", 15),
        new("3146107", "Ouro Preto", "31033", "3107", 75),
        new("3140001", "Mariana", "31033", "3107", 61),
        new("3149606", "Pequi", "31027", "3107", 4),
        new("3104809", "Augusto de Lima", "31025", "3106", 5),
        new("3166600", "Serra da Saudade", "31026", "3106", 1),
        new("3115003", "Cascalho Rico", "31018", "3105", 3),
        new("3115201", "Conceição da Barra de Minas", "31058", "3111", 4),
        new("3120102", "Couto de Magalhães de Minas", "31010", "3103", 4),
    ];
}
