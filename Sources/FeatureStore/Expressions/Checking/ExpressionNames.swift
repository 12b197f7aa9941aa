/// What an expression may refer to.
package struct ExpressionNames: Sendable {
    /// Types by name: columns, features as `feature` or `view:feature`, fields of a request.
    package var types: [String: ExpressionType]
    /// What the names are, for messages: `a column of source 'trips' or a feature of 'trip_stats'`.
    package var subject: String

    /// Names that exist and cannot be used, with the reason: `is an expression itself`.
    package var refused: [String: String]

    package init(_ types: [String: ExpressionType], subject: String, refused: [String: String] = [:]) {
        self.types = types
        self.subject = subject
        self.refused = refused
    }

    /// The name of the time for which an expression is computed, where there is one.
    package static let now = "now"
}
