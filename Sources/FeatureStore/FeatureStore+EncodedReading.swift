import Columnar

extension FeatureStore {
    /// A reader of the vectors of a fitted state.
    ///
    /// - Throws: `StoreError` if a view is not online, or a feature of the state is no longer defined.
    public func encodedReader(for state: EncoderState) throws -> EncodedReader {
        let reader = try definedFeatures(of: state) {
            try onlineReader(for: .features(state.references), fullNames: true)
        }
        return EncodedReader(try checked(state, reader.service), reader: reader)
    }

    /// The same by definitions that the caller holds; views that are not online yet have no rows.
    package func servingReader(for state: EncoderState, in definitions: Definitions) throws -> EncodedReader {
        let reader = try definedFeatures(of: state) {
            try servingReader(for: .features(state.references), in: definitions, fullNames: true)
        }
        return EncodedReader(try checked(state, reader.service), reader: reader)
    }

    /// Tells of a feature that is gone what it was wanted for.
    private func definedFeatures<Result>(of state: EncoderState, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as ResolutionError {
            throw StoreError.badRequest(
                "\(state.name) was fitted on other definitions: \(error); fit '\(state.service)' again, or put them back"
            )
        }
    }

    /// A feature may be gone and another of its name have come.
    private func checked(_ state: EncoderState, _ service: ResolvedService) throws -> EncoderState {
        for (fitted, feature) in zip(state.features, service.features) where fitted.type != feature.feature.type {
            throw StoreError.badRequest(
                "\(state.name) was fitted on \(fitted.feature) as \(fitted.type), which is \(feature.feature.type) now; fit "
                    + "'\(state.service)' again")
        }
        return state
    }
}
