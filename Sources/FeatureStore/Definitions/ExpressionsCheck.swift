import Columnar

/// Checks the expressions of a view's features against what they refer to.
struct ExpressionsCheck {
    private let view: Declaration<FeatureView>
    private let source: Source?
    private let joinKeys: [JoinKey]
    private let log: MistakeLog

    init(
        _ view: Declaration<FeatureView>, source: Source?, entities: [String: Declaration<Entity>], log: MistakeLog
    ) {
        self.view = view
        self.source = source
        self.log = log
        joinKeys = view.model.entities.flatMap { entities[$0]?.model.joinKeys ?? [] }
    }

    func run() {
        // A source that is not known has been reported already.
        guard let source, view.isSound else { return }
        for feature in view.model.storedFeatures {
            if let text = feature.expression {
                check(feature, text, source)
            } else if let declared = source.columns[feature.name], declared != feature.type {
                log.report(
                    "feature '\(view.model.name):\(feature.name)' reads column '\(feature.name)' as \(feature.type), but source "
                        + "'\(source.name)' declares it as \(declared): give both one type",
                    at: place(of: feature))
            }
        }
    }

    private func place(of feature: Feature) -> Place {
        let index = view.model.storedFeatures.firstIndex(of: feature) ?? 0
        return view.place(of: view.model.aggregation == nil ? "features" : "columns", item: index)
    }

    private func check(_ feature: Feature, _ text: String, _ source: Source) {
        do throws(ExpressionError) {
            _ = try FeatureExpression.compiled(feature, of: view.model, source: source, joinKeys: joinKeys)
        } catch {
            view.report(error, of: feature, text, otherwiseAt: place(of: feature), to: log)
        }
    }
}

extension Declaration {
    /// Reports what is wrong with the expression of a feature, at its place in the file where that can be told.
    func report(
        _ error: ExpressionError, of feature: Feature, _ text: String, otherwiseAt place: Place, to log: MistakeLog
    ) {
        var place = expressionPlaces[feature.name] ?? place
        var message = error.message
        // In a text of one line the place within it is a place in the file; its quote counts.
        if text.contains("\n") {
            message = "\(error.description) of the expression"
        } else {
            place.position.column += error.offset
        }
        log.report(message, at: place)
    }
}
