/// What a service computes on demand: its features and those that they read, each after what it reads.
package struct OnDemandPlan: Sendable {
    /// Where an input comes from.
    enum Source: Hashable, Sendable {
        /// The place among the service's request fields.
        case request(Int)
        /// The place among the features that the service reads.
        case read(Int)
        /// The place among the steps.
        case computed(Int)
        /// The time of the row, or of the read.
        case now
    }

    /// A feature to compute.
    struct Step: Sendable {
        let reference: FeatureReference
        let type: FeatureType
        let expression: Expression
        /// Of each of the expression's inputs.
        let inputs: [Source]
    }

    let steps: [Step]

    /// Whether a feature depends on the time for which it is computed.
    var needsTimes: Bool { steps.contains { $0.inputs.contains(.now) } }
}
