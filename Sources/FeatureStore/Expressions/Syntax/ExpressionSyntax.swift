/// An expression as it is written: operators are calls of functions that are named by their symbols.
struct ExpressionSyntax: Hashable, Sendable {
    indirect enum Kind: Hashable, Sendable {
        case constant(ExpressionConstant)
        case name(String)
        case call(String, [ExpressionSyntax])
    }

    var kind: Kind
    /// In characters from the beginning of the text: of an operator its symbol, of a call its name.
    var offset: Int
}
