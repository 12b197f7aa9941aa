import Foundation

/// A drift report as a page of its own: no scripts, nothing from elsewhere.
public struct DriftPage {
    private let report: DriftReport

    public init(_ report: DriftReport) { self.report = report }

    /// HTML with drawings in SVG.
    public var html: String {
        let title = "Drift of \(HTML.escaped(report.service))"
        return """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>\(Self.style)</style>
            <main>
            <header>
            <h1>\(title)</h1>
            <p class="sides"><span class="key baseline"></span>\(HTML.escaped(report.baseline)) \
            <span class="key current"></span>\(HTML.escaped(report.current))\(period)</p>
            \(verdict)
            </header>
            \(overview)
            <div class="cards">
            \(ordered.map(card).joined(separator: "\n"))
            </div>
            \(legend)
            </main>
            </html>

            """
    }

    /// Those that drifted first, the farthest first; then the others, as far as they can be compared.
    private var ordered: [FeatureDrift] {
        func rank(_ drift: FeatureDrift) -> (Int, Double) {
            (drift.obstacle != nil ? 2 : drift.findings.isEmpty ? 1 : 0, -(drift.populationStability ?? 0))
        }
        return report.features.sorted { rank($0) < rank($1) }
    }

    private var period: String {
        let ends = [report.from.map { "from \($0)" }, report.to.map { "until before \($0)" }].compactMap(\.self)
        return ends.isEmpty ? "" : ", " + HTML.escaped(ends.joined(separator: " "))
    }

    private var verdict: String {
        let (drifted, all) = (report.drifted.count, report.features.count)
        let compared = report.features.filter { $0.obstacle == nil }.count
        let rest = compared < all ? ", \(all - compared) could not be compared" : ""
        return drifted == 0
            ? "<p class=\"verdict calm\">None of \(compared) features has drifted\(rest).</p>"
            : "<p class=\"verdict alarm\">\(drifted) of \(compared) features \(drifted == 1 ? "has" : "have") drifted\(rest).</p>"
    }

    private var overview: String {
        let rows = ordered.map { drift in
            let index = drift.populationStability
            return """
                <tr class="\(drift.findings.isEmpty ? "" : "drifted")"><th scope="row"><a href="#\(anchor(drift))">\
                \(HTML.escaped(drift.feature))</a></th><td>\(HTML.measure(index))</td><td class="bar">\(bar(index))</td>\
                <td>\(HTML.measure(drift.kolmogorovSmirnov))</td><td>\(HTML.measure(drift.jensenShannon))</td>\
                <td>\(missing(drift))</td>\
                <td class="words">\(HTML.escaped(drift.obstacle ?? drift.findings.joined(separator: ", ")))</td></tr>
                """
        }
        return """
            <div class="scroll"><table>
            <thead><tr><th scope="col">feature</th><th scope="col">PSI</th><th scope="col"></th><th scope="col">KS</th>\
            <th scope="col">JS</th><th scope="col">missing</th><th scope="col" class="words">drifted by</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></div>
            """
    }

    /// The index on a scale that ends at 0.5, with a mark at the threshold.
    private func bar(_ index: Double?) -> String {
        guard let index else { return "" }
        let width = min(index / 0.5, 1) * 100
        let mark = report.thresholds.populationStability.map {
            "<line x1=\"\(HTML.coordinate(min($0 / 0.5, 1) * 100))\" x2=\"\(HTML.coordinate(min($0 / 0.5, 1) * 100))\" y1=\"0\" y2=\"10\" class=\"mark\"/>"
        }
        return """
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect x="0" y="2" width="100" height="6" \
            class="track"/><rect x="0" y="2" width="\(HTML.coordinate(width))" height="6" class="fill"/>\(mark ?? "")</svg>
            """
    }

    private func missing(_ drift: FeatureDrift) -> String {
        guard drift.obstacle == nil else { return "–" }
        return HTML.percent(drift.baseline.missingShare) + " → " + HTML.percent(drift.current.missingShare)
    }

    private func anchor(_ drift: FeatureDrift) -> String {
        String(drift.feature.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    }

    // MARK: - A feature

    private func card(_ drift: FeatureDrift) -> String {
        let words =
            drift.obstacle
            ?? (!drift.findings.isEmpty
                ? drift.findings.joined(separator: " · ")
                : drift.type == .timestamp ? "times go on by themselves" : "no drift")
        let mood = drift.obstacle != nil ? "none" : drift.findings.isEmpty ? "calm" : "alarm"
        return """
            <section id="\(anchor(drift))" class="\(mood)">
            <h2>\(HTML.escaped(drift.feature)) <small>\(HTML.escaped(drift.type.description))</small></h2>
            <p class="words">\(HTML.escaped(words))</p>
            \(drift.shape.map { DriftDrawing($0, isTime: drift.type == .timestamp).svg } ?? "")
            \(drift.obstacle == nil ? facts(drift) : "")
            </section>
            """
    }

    private func facts(_ drift: FeatureDrift) -> String {
        typealias Fact = (String, String, String)
        func number(_ name: String, _ path: KeyPath<FeatureDrift.Side, Double?>) -> Fact? {
            guard drift.baseline[keyPath: path] != nil || drift.current[keyPath: path] != nil else { return nil }
            func text(_ value: Double?) -> String {
                guard drift.type == .timestamp else { return HTML.number(value) }
                return name == "sd" ? value.map { HTML.number($0 / 86_400) + " days" } ?? "–" : HTML.time(value)
            }
            return (name, text(drift.baseline[keyPath: path]), text(drift.current[keyPath: path]))
        }
        var facts: [Fact] = [
            ("rows", HTML.count(drift.baseline.rows), HTML.count(drift.current.rows)),
            ("missing", HTML.percent(drift.baseline.missingShare), HTML.percent(drift.current.missingShare)),
        ]
        facts += [
            number("mean", \.mean), number("sd", \.standardDeviation), number("least", \.minimum),
            number("median", \.median), number("greatest", \.maximum),
        ].compactMap(\.self)
        if let a = drift.baseline.categories, let b = drift.current.categories {
            facts.append(("different values", HTML.count(a), HTML.count(b)))
        }
        let rows = facts.map { "<tr><th scope=\"row\">\($0.0)</th><td>\($0.1)</td><td>\($0.2)</td></tr>" }
        var new = ""
        if let added = drift.newCategories, added.count > 0 {
            let examples = added.examples.map { "<code>\(HTML.escaped($0.shortened))</code>" }.joined(separator: " ")
            new =
                "<p class=\"new\">New in \(HTML.percent(added.share)) of the values: \(examples)\(added.count > added.examples.count ? " and \(HTML.count(added.count - added.examples.count)) more" : "")</p>"
        }
        return """
            <table class="facts\(drift.type == .timestamp ? " times" : "")"><thead><tr><td></td><th scope="col">baseline</th><th scope="col">current</th></tr></thead><tbody>\
            \(rows.joined())</tbody></table>\(new)
            """
    }

    private var legend: String {
        """
        <footer><p><b>PSI</b>, the population stability index, sums (b − a) · ln(b / a) over the tenths of the baseline, or over the \
        values of a text: from 0.1 on look, from 0.2 on act. <b>KS</b> is the greatest distance between the two cumulative \
        distributions, <b>JS</b> the Jensen–Shannon distance, 0 for the same and 1 for nothing in common. What so few values have \
        by chance in one comparison of a hundred is not called drift. Missing is null or NaN; vectors are compared by their \
        lengths, and times are told but not judged. Drawings show shares of the values between the half percents at both ends.</p>
        <p>Made \(HTML.escaped(report.made)) by fstore \(FeatureStore.version).</p></footer>
        """
    }

    private static let style = """
        :root{color-scheme:light dark;--paper:#fbfbf9;--card:#fff;--ink:#1d2328;--soft:#68727b;--line:#e3e4e0;--base:#9aa7b2;\
        --now:#d9622b;--calm:#2e7d5b;--alarm:#b3261e;--track:#eceeea}
        @media(prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1c2024;--ink:#e6e8ea;--soft:#98a2ab;--line:#2e3439;\
        --base:#6d7b87;--now:#ee8650;--calm:#64c197;--alarm:#ff8a80;--track:#2a3035}}
        *{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,\
        "Segoe UI",Roboto,sans-serif}main{max-width:1120px;margin:0 auto;padding:2.5rem 1.25rem}
        h1{font-size:1.9rem;font-weight:650;letter-spacing:-.02em;margin:0}h2{font-size:1rem;font-weight:650;margin:0;\
        overflow-wrap:anywhere}small{color:var(--soft);font-weight:400}.sides{color:var(--soft);margin:.4rem 0 0}
        .key{display:inline-block;width:.75em;height:.75em;border-radius:2px;margin:0 .4em 0 .9em}.sides .key:first-child{margin-left:0}
        .key.baseline{background:var(--base)}.key.current{background:var(--now)}
        .verdict{font-size:1.15rem;font-weight:600;margin:1.1rem 0 1.6rem}.verdict.calm{color:var(--calm)}.verdict.alarm{color:var(--alarm)}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{padding:.38rem .7rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
        thead th{color:var(--soft);font-weight:500;font-size:.85rem}th:first-child,.words{text-align:left}
        tbody th{font-weight:500}td.words{min-width:12rem;color:var(--soft);white-space:normal}tr.drifted td.words{color:var(--alarm)}a{color:inherit;\
        text-decoration-color:var(--line);text-underline-offset:3px}.bar{width:9rem}.bar svg{width:9rem;height:.7rem;display:block}
        .track{fill:var(--track)}.fill{fill:var(--base)}tr.drifted .fill{fill:var(--now)}.mark{stroke:var(--soft);stroke-width:1}
        .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:1rem;margin-top:2rem}
        section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem;border-top:3px solid var(--line)}
        section.alarm{border-top-color:var(--alarm)}section.calm{border-top-color:var(--calm)}section .words{margin:.15rem 0 .6rem;\
        font-size:.9rem;color:var(--soft)}section.alarm .words{color:var(--alarm)}section svg{width:100%;height:auto;display:block}
        .facts{margin-top:.6rem;font-size:.85rem}.facts.times{font-size:.76rem}.facts th,.facts td{padding:.18rem .3rem}.facts tbody th{color:var(--soft);font-weight:400}
        .new{font-size:.85rem;margin:.6rem 0 0;color:var(--soft)}code{font:.9em ui-monospace,SFMono-Regular,Menlo,monospace;background:\
        var(--track);border-radius:4px;padding:.05em .35em;color:var(--ink);overflow-wrap:anywhere}
        .b{fill:var(--base);fill-opacity:.55}.n{fill:none;stroke:var(--now);stroke-width:1.8;stroke-linejoin:round}.nb{fill:var(--now)}
        .a{stroke:var(--line)}text{fill:var(--soft);font:10.5px system-ui,sans-serif}footer{color:var(--soft);font-size:.85rem;\
        margin-top:2rem;max-width:80ch}@media print{body{background:#fff}section{break-inside:avoid}}
        """
}
