/// A function of the language, or an operator, with what it takes.
package struct ExpressionFunction: Sendable {
    /// As it is called; of an operator its symbol.
    package let name: String
    /// How it is written, e.g. `clip(x, low, high)`.
    package let usage: String
    /// One sentence: what its value is.
    package let summary: String
    let rule: Rule

    enum Rule: Sendable {
        /// The first signature that the arguments fit.
        case signatures([Signature])
        /// Two or more arguments of one type, taken together from the left.
        case fold([Signature])
        /// A rule of its own, see `ExpressionChecker+Forms`.
        case form(Form)
    }

    /// Functions whose result's type depends on their arguments in ways of their own.
    enum Form: Sendable {
        case choice, coalesce, nullWhere, isNull, membership, clip, timestamp, since
        case timePart(ExpressionOperation)
        case isWeekend, bucket
        case vectors(ExpressionOperation)
        case norm, element
        case span(microseconds: Int64)
    }

    struct Signature: Sendable {
        var parameters: [ExpressionType]
        var result: ExpressionType
        var operation: ExpressionOperation?

        /// - Parameter operation: nil if the value is its argument's own.
        init(_ parameters: [ExpressionType], _ result: ExpressionType, _ operation: ExpressionOperation?) {
            self.parameters = parameters
            self.result = result
            self.operation = operation
        }
    }

    init(_ usage: String, _ summary: String, _ rule: Rule) {
        self.usage = usage
        self.summary = summary
        self.rule = rule
        name = String(usage.prefix { $0 != "(" })
    }

    /// An operator; `name` is the function that the parser calls for it.
    init(operator usage: String, name: String, _ summary: String, _ rule: Rule) {
        self.name = name
        self.usage = usage
        self.summary = summary
        self.rule = rule
    }
}
