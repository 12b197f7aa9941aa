import Columnar

extension ResolvedService {
    /// Refuses entity rows that have a column of a name that a column of the training set gets.
    ///
    /// - Parameter withTimes: whether each view with times adds its `view__event_timestamp`.
    func refuseClashes(with table: Table, withTimes: Bool, in definitions: Definitions) throws(DataError) {
        for feature in features where !feature.isPassedThrough && table.index(of: feature.outputName) != nil {
            throw DataError(
                "the entity rows have a column '\(feature.outputName)' already, and so is a feature of "
                    + "\(feature.view.name) called; rename the column or use --full-names")
        }
        for view in views where withTimes {
            let layout = ViewLayout(of: view, in: definitions)
            guard !layout.isTimeless, table.index(of: layout.eventOutputName) != nil else { continue }
            throw DataError(
                "the entity rows have a column '\(layout.eventOutputName)' already, and so are the event times of "
                    + "\(view.name) called; rename the column or leave --with-times out")
        }
    }
}
