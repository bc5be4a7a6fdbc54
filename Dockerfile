# Visavis on a CPU. Build: docker build -t visavis .
# Run: docker run --rm --network host visavis
# WebRTC uses UDP ports chosen at run time, which is why it wants the host's network.
FROM python:3.12-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends libegl1 libgl1-mesa-dri \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --uid 10001 visavis

WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1

# The requirements change seldom, the code often: a layer for each.
COPY pyproject.toml README.md LICENSE ./
RUN python -c "import tomllib; print('\n'.join(tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies']))" > requirements.txt \
    && pip install -r requirements.txt

COPY engine engine
COPY server server
COPY models models
COPY benchmarks benchmarks
COPY web web
# Editable, so that the code finds the page and the weights beside it.
RUN pip install --no-deps --editable .

USER visavis
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["visavis"]
CMD ["serve", "--host", "0.0.0.0"]
