import Columnar

/// A formula over named values, checked and compiled once: `fare / max(distance_km, 0.1)`.
///
/// An expression always ends, in time and memory proportional to its length and its values'; it reads nothing but its inputs
/// and fails on no value: where there is no result, it is null. It may be taken from somebody one does not know.
///
/// Over columns it runs batch by batch, and for a single row by the same loops (`ExpressionFrame`), so that what is computed
/// offline and online has the same bits. Integers have 64 bits and other numbers are float64 throughout; the result is
/// rounded once to the type that is asked for.
package struct Expression: Sendable {
    /// A value that the expression refers to.
    package struct Input: Hashable, Sendable {
        package var name: String
        package var type: ExpressionType
    }

    package let text: String
    package let type: ExpressionType
    /// In the order of their first use.
    package let inputs: [Input]
    let program: ExpressionProgram

    /// Checks and compiles `text`.
    ///
    /// - Throws: the first mistake, with its place in the text.
    package init(_ text: String, names: ExpressionNames) throws(ExpressionError) {
        let syntax = try ExpressionParser.parse(text)
        var checker = ExpressionChecker(names: names)
        let typed = try checker.check(syntax)
        self.text = text
        type = typed.type
        inputs = checker.inputs
        program = ExpressionProgram(typed, inputs: checker.inputs.map(\.type), zones: checker.zones)
    }

    /// Checks and compiles `text` as the definition of a feature of type `result`.
    ///
    /// An integer may become a float and either may become a narrower number of its kind; nothing else changes its type.
    package init(_ text: String, names: ExpressionNames, result: FeatureType) throws(ExpressionError) {
        try self.init(text, names: names)
        let wanted = ExpressionType(result)
        guard type.fits(wanted) else {
            var advice = ""
            switch (type, wanted) {
            case (.float, .integer): advice = "; take round(…), floor(…) and int(…) for a whole number"
            case (.duration, .float), (.duration, .integer): advice = "; take hours(…), minutes(…) or seconds(…)"
            case (.bool, .integer): advice = "; take int(…)"
            case (.bool, .float): advice = "; take float(…)"
            case (_, .string): advice = "; take string(…)"
            default: break
            }
            throw ExpressionError("the value is of type \(type) and does not fit \(result)\(advice)", at: 0)
        }
    }
}
